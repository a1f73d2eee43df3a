package sh.retina.flow;

/**
 * One thing that is wrong with a filter or a query.
 *
 * @param field the filter's field or the query's parameter
 * @param message what is wrong with which value
 */
public record FlowFault(String field, String message) {
  @Override
  public String toString() {
    return field + ": " + message;
  }
}
