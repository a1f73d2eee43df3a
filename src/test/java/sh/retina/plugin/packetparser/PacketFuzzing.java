package sh.retina.plugin.packetparser;

import org.junit.platform.engine.discovery.DiscoverySelectors;
import org.junit.platform.launcher.LauncherDiscoveryRequest;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;
import org.junit.platform.launcher.listeners.SummaryGeneratingListener;

/** {@link PacketCorpusIT} outside of the build, for as many frames as {@code bin/fuzz} says. */
final class PacketFuzzing {
  private PacketFuzzing() {}

  public static void main(String[] args) {
    SummaryGeneratingListener summary = new SummaryGeneratingListener();
    LauncherDiscoveryRequest request =
        LauncherDiscoveryRequestBuilder.request()
            .selectors(DiscoverySelectors.selectClass(PacketCorpusIT.class))
            .build();
    LauncherFactory.create().execute(request, summary);
    summary
        .getSummary()
        .getFailures()
        .forEach(failure -> System.err.println(failure.getException()));
    System.err.printf(
        "packets: %d frames twice, seed %s, %d of %d tests failed%n",
        Integer.getInteger("retina.fuzz.frames", 0),
        System.getProperty("retina.fuzz.seed"),
        summary.getSummary().getTotalFailureCount(),
        summary.getSummary().getTestsFoundCount());
    System.exit(summary.getSummary().getTotalFailureCount() == 0 ? 0 : 1);
  }
}
