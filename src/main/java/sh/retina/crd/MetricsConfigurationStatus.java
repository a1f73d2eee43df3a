package sh.retina.crd;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Required;
import io.fabric8.kubernetes.api.model.Condition;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What the operator says of a {@link MetricsConfiguration}. */
@Stored
public record MetricsConfigurationStatus(
    @Required
        @Default("Initialized")
        @JsonPropertyDescription("Agents apply what is Accepted or has a Warning.")
        State state,
    @Required @JsonPropertyDescription("Why, and what to change.") String reason,
    @Nullable @JsonPropertyDescription("The spec that agents were told last.")
        MetricsConfigurationSpec lastKnownSpec,
    @Nullable @JsonPropertyDescription("Type Accepted; the message is the reason above.")
        List<Condition> conditions) {}
