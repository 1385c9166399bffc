package org.m4fw.cli.hub;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.m4fw.base.json.Fields;
import org.m4fw.base.json.StrictJson;
import org.m4fw.base.problem.ProblemException;

/**
 * Requests to a hub. Redirects are followed here and not by the library, as the token must not
 * follow them to another host.
 */
final class HubConnection implements AutoCloseable {
  private static final int MAX_REDIRECTS = 8;

  /** The list of a repository of 100 000 files fits. */
  private static final int MAX_ANSWER = 32 << 20;

  private final HubSettings settings;
  private final HttpClient client;

  HubConnection(HubSettings settings) {
    this.settings = settings;
    this.client =
        HttpClient.newBuilder()
            .followRedirects(HttpClient.Redirect.NEVER)
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(settings.stall())
            .build();
  }

  HubSettings settings() {
    return settings;
  }

  /**
   * What a repository holds.
   *
   * @throws ProblemException with a {@link HubError}
   */
  HubListing list(RepositoryName repository, String revision) {
    URI address =
        address(
            "/api/models/%s/revision/%s?blobs=true".formatted(repository.id(), encoded(revision)));
    Attempts attempts = new Attempts(settings, repository.id());
    while (true) {
      try {
        return HubListing.of(answer(repository.id(), revision, address));
      } catch (TransientFailure failure) {
        attempts.failed(failure);
      }
    }
  }

  /** Where a file is, at a commit. */
  URI address(RepositoryName repository, String commit, HubFile file) {
    StringBuilder path = new StringBuilder("/" + repository.id() + "/resolve/" + commit);
    for (String part : file.path().split("/", -1)) {
      path.append('/').append(encoded(part));
    }
    return address(path.toString());
  }

  private URI address(String path) {
    return URI.create(settings.endpoint() + path);
  }

  /** One segment of a path, percent-encoded. */
  private static String encoded(String segment) {
    return URLEncoder.encode(segment, StandardCharsets.UTF_8).replace("+", "%20");
  }

  private Fields answer(String repository, String revision, URI address) throws TransientFailure {
    HttpResponse<InputStream> response = get(address, Map.of());
    try (InputStream body = response.body();
        StallGuard guard = new StallGuard(body, settings.stall())) {
      requireSuccess(response, repository, revision);
      byte[] bytes = guard.read(MAX_ANSWER + 1);
      if (bytes.length > MAX_ANSWER) {
        throw HubError.ANSWER.at(repository, "", "more than %s bytes".formatted(MAX_ANSWER));
      }
      return Fields.of(repository, StrictJson.parse(repository, bytes));
    } catch (IOException e) {
      throw new TransientFailure(reason(e));
    }
  }

  /**
   * Sends a request and follows redirects; the caller closes the body.
   *
   * @throws TransientFailure if no answer comes
   * @throws ProblemException with {@link HubError#REDIRECT}
   */
  HttpResponse<InputStream> get(URI start, Map<String, String> headers) throws TransientFailure {
    URI address = start;
    for (int redirects = 0; redirects <= MAX_REDIRECTS; redirects++) {
      HttpResponse<InputStream> response = send(address, headers);
      Optional<URI> next = redirect(address, response);
      if (next.isEmpty()) {
        return response;
      }
      close(response);
      address = next.get();
    }
    throw HubError.REDIRECT.at(start.getPath(), "", "more than " + MAX_REDIRECTS + " times");
  }

  private HttpResponse<InputStream> send(URI address, Map<String, String> headers)
      throws TransientFailure {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(address)
            .timeout(settings.stall())
            .header("User-Agent", "m4fw")
            .header("Accept-Encoding", "identity");
    headers.forEach(request::header);
    settings
        .tokenFor(address)
        .ifPresent(token -> request.header("Authorization", "Bearer " + token));
    try {
      return client.send(request.build(), HttpResponse.BodyHandlers.ofInputStream());
    } catch (IOException e) {
      throw new TransientFailure(reason(e));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw HubError.UNREACHABLE.at(settings.endpoint().toString(), "", 1, "interrupted");
    }
  }

  private static Optional<URI> redirect(URI from, HttpResponse<InputStream> response) {
    switch (response.statusCode()) {
      case 301, 302, 303, 307, 308 -> {}
      default -> {
        return Optional.empty();
      }
    }
    String location = response.headers().firstValue("Location").orElse("");
    URI to;
    try {
      to = from.resolve(location);
    } catch (IllegalArgumentException e) {
      close(response);
      throw HubError.REDIRECT.at(from.getPath(), "", "to no address");
    }
    String scheme = String.valueOf(to.getScheme()).toLowerCase(Locale.ROOT);
    boolean safe =
        scheme.equals("https") || (scheme.equals("http") && "http".equals(from.getScheme()));
    if (location.isEmpty() || to.getHost() == null || !safe) {
      close(response);
      throw HubError.REDIRECT.at(from.getPath(), "", safe ? "to no address" : "to " + scheme);
    }
    return Optional.of(to);
  }

  /**
   * Tells answers that are final from those that may change.
   *
   * @throws TransientFailure for those of the second kind
   * @throws ProblemException with a {@link HubError}
   */
  static void requireSuccess(HttpResponse<InputStream> response, String item, String revision)
      throws TransientFailure {
    int status = response.statusCode();
    if (status == 200 || status == 206) {
      return;
    }
    if (status == 408 || status == 425 || status == 429 || (status >= 500 && status != 501)) {
      throw new TransientFailure("status " + status, askedWait(response));
    }
    String code = response.headers().firstValue("X-Error-Code").orElse("");
    throw switch (code) {
      case "RepoNotFound" -> HubError.NO_REPOSITORY.at(item, "");
      case "RevisionNotFound" -> HubError.NO_REVISION.at(item, "", revision);
      case "EntryNotFound" -> HubError.NO_FILE.at(item, "");
      case "GatedRepo" -> HubError.GATED.at(item, "");
      default ->
          switch (status) {
            case 401, 403 -> HubError.REFUSED.at(item, "", status);
            case 404 -> HubError.NO_REPOSITORY.at(item, "");
            default -> HubError.STATUS.at(item, "", status);
          };
    };
  }

  /** Seconds; the other form, a date, is of no use without trust in two clocks. */
  private static Optional<Duration> askedWait(HttpResponse<InputStream> response) {
    return response
        .headers()
        .firstValue("Retry-After")
        .filter(text -> text.matches("[0-9]{1,6}"))
        .map(text -> Duration.ofSeconds(Long.parseLong(text)));
  }

  /** Gives up an exchange whose body nobody wants. */
  private static void close(HttpResponse<InputStream> response) {
    try {
      response.body().close();
    } catch (IOException e) {
      return;
    }
  }

  /** What happened, in a few words. */
  static String reason(IOException e) {
    String message = e.getMessage();
    return message == null ? e.getClass().getSimpleName() : message;
  }

  @Override
  public void close() {
    client.shutdownNow();
  }
}
