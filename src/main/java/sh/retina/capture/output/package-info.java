/**
 * Where a capture's files go when they are complete: each place takes each file and proves it.
 *
 * <pre>
 * Delivery ─► Output: ClaimOutput   a mounted volume
 *    │                S3Output      a bucket (AWS SDK)
 *    │                BlobOutput    a container of Azure Blob (HTTP) ─► AzureIdentity
 *    ▼
 * Delivered                         place, size, SHA-256, or what went wrong
 * </pre>
 */
@NullMarked
package sh.retina.capture.output;

import org.jspecify.annotations.NullMarked;
