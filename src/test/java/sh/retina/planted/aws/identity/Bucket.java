package sh.retina.planted.aws.identity;

import software.amazon.awssdk.services.s3.S3Client;

/** Breaks a rule on purpose: {@code ArchitectureTest} proves with it that the rule can fail. */
interface Bucket {
  S3Client client();
}
