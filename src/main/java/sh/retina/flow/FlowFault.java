package sh.retina.flow;

import sh.retina.event.SafeText;

/**
 * One thing that is wrong with a filter or a query.
 *
 * @param field the filter's field or the query's parameter
 * @param message what is wrong with which value
 */
public record FlowFault(String field, String message) {
  private static final int LONGEST_MESSAGE = 4096; // the list of all parameters, and room

  /** Both quote what the client sent. */
  public FlowFault {
    field = SafeText.TEXT.of(field);
    message = SafeText.TEXT.of(message, LONGEST_MESSAGE);
  }

  @Override
  public String toString() {
    return field + ": " + message;
  }
}
