package sh.retina.export.sse;

import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

@Configuration(proxyBeanMethods = false)
@EnableConfigurationProperties(SseProperties.class)
class SseConfiguration {
  @Bean
  SseSubscribers sseSubscribers() {
    return new SseSubscribers();
  }
}
