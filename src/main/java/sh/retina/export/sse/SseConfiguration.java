package sh.retina.export.sse;

import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;

@Configuration(proxyBeanMethods = false)
@EnableConfigurationProperties(SseProperties.class)
@Import({FlowsController.class, LoopbackOnly.class})
public class SseConfiguration {
  @Bean
  SseSubscribers sseSubscribers() {
    return new SseSubscribers();
  }
}
