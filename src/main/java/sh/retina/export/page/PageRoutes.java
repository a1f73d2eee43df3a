package sh.retina.export.page;

import java.util.Map;
import org.springframework.core.io.ClassPathResource;
import org.springframework.http.HttpHeaders;
import org.springframework.http.MediaType;
import org.springframework.web.reactive.function.server.RequestPredicates;
import org.springframework.web.reactive.function.server.RouterFunction;
import org.springframework.web.reactive.function.server.RouterFunctions;
import org.springframework.web.reactive.function.server.ServerRequest;
import org.springframework.web.reactive.function.server.ServerResponse;
import reactor.core.publisher.Mono;

/**
 * Serves the page's files from the class path. Its data are {@code /flows} and {@code /metrics},
 * which the browser asks for itself; it may load and run nothing else.
 */
public final class PageRoutes {
  private static final String POLICY =
      "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self';"
          + " base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
  private static final Map<String, MediaType> TYPES =
      Map.of(
          "index.html", new MediaType("text", "html", java.nio.charset.StandardCharsets.UTF_8),
          "page.js", new MediaType("text", "javascript", java.nio.charset.StandardCharsets.UTF_8),
          "tables.js", new MediaType("text", "javascript", java.nio.charset.StandardCharsets.UTF_8),
          "icon.svg", new MediaType("image", "svg+xml"),
          "page.css", new MediaType("text", "css", java.nio.charset.StandardCharsets.UTF_8));

  private PageRoutes() {}

  public static RouterFunction<ServerResponse> routes() {
    return RouterFunctions.route(RequestPredicates.GET("/"), _ -> answer("index.html"))
        .andRoute(
            RequestPredicates.GET("/page/{file}").and(PageRoutes::isThere),
            request -> answer(request.pathVariable("file")));
  }

  private static boolean isThere(ServerRequest request) {
    return TYPES.containsKey(request.path().substring("/page/".length()));
  }

  private static Mono<ServerResponse> answer(String file) {
    return ServerResponse.ok()
        .contentType(TYPES.getOrDefault(file, MediaType.APPLICATION_OCTET_STREAM))
        .header("Content-Security-Policy", POLICY)
        .header("X-Content-Type-Options", "nosniff")
        .header("Referrer-Policy", "no-referrer")
        .header(HttpHeaders.CACHE_CONTROL, "no-cache")
        .bodyValue(new ClassPathResource("page/" + file));
  }
}
