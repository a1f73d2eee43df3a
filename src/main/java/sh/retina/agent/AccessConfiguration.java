package sh.retina.agent;

import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.web.reactive.function.server.RouterFunction;
import org.springframework.web.reactive.function.server.ServerResponse;
import sh.retina.bpf.Clocks;
import sh.retina.export.access.AccessFilter;
import sh.retina.export.access.Authorization;
import sh.retina.export.access.Reviewer;
import sh.retina.export.page.PageRoutes;
import sh.retina.kubernetes.AccessReviews;

/** The page, and who may read what is not metrics or health. */
@Configuration(proxyBeanMethods = false)
class AccessConfiguration {
  @Bean
  AccessFilter accessFilter(RetinaProperties properties) {
    if (properties.http().access() == RetinaProperties.Access.LOOPBACK) {
      return new AccessFilter(null);
    }
    AccessReviews reviews =
        new AccessReviews(properties.kubernetes().kubeconfig(), properties.http().audiences());
    return new AccessFilter(
        new Authorization(
            (token, verb, path) -> {
              AccessReviews.Review review = reviews.review(token, verb, path);
              return new Reviewer.Review(review.user(), review.isAllowed());
            },
            Clocks::monotonicNs));
  }

  @Bean
  RouterFunction<ServerResponse> pageRoutes() {
    return PageRoutes.routes();
  }
}
