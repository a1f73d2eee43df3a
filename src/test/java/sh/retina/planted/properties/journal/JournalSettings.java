package sh.retina.planted.properties.journal;

import org.springframework.boot.context.properties.ConfigurationProperties;

/** Breaks a rule on purpose: {@code ArchitectureTest} proves with it that the rule can fail. */
@ConfigurationProperties("planted")
abstract class JournalSettings {}
