package sh.retina.agent;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import java.util.Set;
import org.junit.jupiter.api.condition.EnabledIf;
import sh.retina.bpf.KernelFeatures;

/** Skips a test where this process may not load BPF programs or make network namespaces. */
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@EnabledIf(
    value = "sh.retina.agent.RequiresKernel$Privileges#suffice",
    disabledReason = "needs root, or CAP_BPF, CAP_PERFMON, CAP_NET_ADMIN and CAP_SYS_ADMIN")
public @interface RequiresKernel {
  /** What the tests here need. */
  final class Privileges {
    private Privileges() {}

    static boolean suffice() {
      return KernelFeatures.capabilities()
          .containsAll(
              Set.of(
                  KernelFeatures.Capability.BPF,
                  KernelFeatures.Capability.PERFMON,
                  KernelFeatures.Capability.NET_ADMIN,
                  KernelFeatures.Capability.SYS_ADMIN));
    }
  }
}
