package sh.retina.flow;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.util.JsonFormat;
import java.util.List;
import sh.retina.event.Observation;
import sh.retina.flow.proto.FlowFilter;

/** Whether one filter, in JSON, lets an observation pass. */
final class FilterQuestion {
  private FilterQuestion() {}

  static boolean matches(String json, Observation o) {
    try {
      FlowFilter.Builder filter = FlowFilter.newBuilder();
      JsonFormat.parser().merge(json, filter);
      return FlowFilters.compile(List.of(filter.build()), List.of(), Observations.NODE).matches(o);
    } catch (InvalidProtocolBufferException e) {
      throw new IllegalArgumentException(json, e);
    }
  }
}
