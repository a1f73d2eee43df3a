package sh.retina.flow;

import dev.cel.bundle.Cel;
import dev.cel.bundle.CelFactory;
import dev.cel.common.CelContainer;
import dev.cel.common.CelOptions;
import dev.cel.common.CelValidationException;
import dev.cel.common.types.SimpleType;
import dev.cel.common.types.StructTypeReference;
import dev.cel.parser.CelStandardMacro;
import dev.cel.runtime.CelEvaluationException;
import dev.cel.runtime.CelRuntime;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import sh.retina.event.Observation;
import sh.retina.flow.proto.Flow;
import sh.retina.identity.IdentityTable;

/**
 * Expressions of CEL over the flow, {@code _flow}: one of them must hold. What cannot be evaluated
 * does not match, as in the original. Unlike other filters it makes a flow of each observation that
 * it is asked about, so it is asked last. Not thread-safe.
 */
final class CelFilter implements FlowFilter {
  private static final int MAX_LENGTH = 1_024;

  /** Of all loops of an evaluation. */
  private static final int MAX_ITERATIONS = 1_000;

  private static final int MAX_DEPTH = 32;

  private final List<CelRuntime.Program> programs;
  private final FlowEncoder encoder;
  private final IdentityTable names = new IdentityTable();

  /** Made once, by the first request that has an expression. */
  private static final class Shared {
    private static final Cel CEL =
        CelFactory.standardCelBuilder()
            .setOptions(
                CelOptions.current()
                    .maxExpressionCodePointSize(MAX_LENGTH)
                    .maxParseRecursionDepth(MAX_DEPTH)
                    .comprehensionMaxIterations(MAX_ITERATIONS)
                    .build())
            .setStandardMacros(CelStandardMacro.STANDARD_MACROS)
            .setContainer(CelContainer.ofName("flow"))
            .addMessageTypes(Flow.getDescriptor())
            .addFileTypes(Flow.getDescriptor().getFile())
            .addVar("_flow", StructTypeReference.create(Flow.getDescriptor().getFullName()))
            .setResultType(SimpleType.BOOL)
            .build();
  }

  private CelFilter(List<CelRuntime.Program> programs, FlowNode node) {
    this.programs = programs;
    this.encoder = new FlowEncoder(node);
  }

  static FlowFilter compile(List<String> expressions, FlowNode node, List<FlowFault> faults) {
    List<CelRuntime.Program> programs = new ArrayList<>();
    for (String expression : expressions) {
      try {
        programs.add(Shared.CEL.createProgram(Shared.CEL.compile(expression).getAst()));
      } catch (CelValidationException | CelEvaluationException e) {
        faults.add(new FlowFault("experimental.cel_expression", String.valueOf(e.getMessage())));
      }
    }
    return new CelFilter(programs, node);
  }

  @Override
  public boolean matches(Observation o) {
    Map<String, Flow> variables = Map.of("_flow", encoder.encode(o, names));
    for (CelRuntime.Program program : programs) {
      if (holds(program, variables)) {
        return true;
      }
    }
    return false;
  }

  private static boolean holds(CelRuntime.Program program, Map<String, Flow> variables) {
    try {
      return Boolean.TRUE.equals(program.eval(variables));
    } catch (CelEvaluationException | RuntimeException _) {
      return false; // a key that is not there, a division by zero, too many iterations
    }
  }
}
