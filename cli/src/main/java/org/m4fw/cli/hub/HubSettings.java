package org.m4fw.cli.hub;

import java.net.InetAddress;
import java.net.URI;
import java.net.URISyntaxException;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;

/**
 * How to talk to a hub.
 *
 * @param endpoint its address, without a slash at the end
 * @param token who is asking; goes to the endpoint itself and to nobody else
 * @param attempts how often to try without getting on
 * @param firstWait before the second attempt; it doubles with every other
 * @param longestWait whatever the hub asks for
 * @param stall how long nothing may arrive
 */
public record HubSettings(
    URI endpoint,
    Optional<String> token,
    int attempts,
    Duration firstWait,
    Duration longestWait,
    Duration stall) {
  /** The environment variable with the address of the hub. */
  public static final String ENDPOINT = "HF_ENDPOINT";

  /** The environment variable with the token. */
  public static final String TOKEN = "HF_TOKEN";

  private static final String DEFAULT_ENDPOINT = "https://huggingface.co";

  public HubSettings {
    token.ifPresent(
        text -> {
          // Said without the token itself, which must not reach a log.
          if (!text.matches("[\\x21-\\x7e]{1,4096}")) {
            throw HubError.BAD_TOKEN.at(TOKEN, "");
          }
        });
  }

  /**
   * As a user's environment says.
   *
   * @param endpoint the option, which goes before the environment
   * @throws org.m4fw.base.problem.ProblemException with {@link HubError#BAD_ENDPOINT} or {@link
   *     HubError#BAD_TOKEN}
   */
  public static HubSettings of(Optional<String> endpoint, Map<String, String> environment) {
    String address =
        endpoint
            .or(() -> Optional.ofNullable(environment.get(ENDPOINT)).filter(s -> !s.isBlank()))
            .orElse(DEFAULT_ENDPOINT);
    return new HubSettings(
        address(address),
        Optional.ofNullable(environment.get(TOKEN)).map(String::strip).filter(s -> !s.isEmpty()),
        6,
        Duration.ofMillis(500),
        Duration.ofSeconds(60),
        Duration.ofSeconds(60));
  }

  private static URI address(String text) {
    try {
      URI uri = new URI(text.endsWith("/") ? text.substring(0, text.length() - 1) : text);
      boolean web = "https".equals(uri.getScheme()) || "http".equals(uri.getScheme());
      if (web
          && uri.getHost() != null
          && uri.getRawUserInfo() == null
          && uri.getRawQuery() == null
          && uri.getRawFragment() == null) {
        return uri;
      }
    } catch (URISyntaxException e) {
      throw HubError.BAD_ENDPOINT.at("the hub", "");
    }
    throw HubError.BAD_ENDPOINT.at("the hub", "");
  }

  /**
   * The token, if a request to that address may carry it: the same scheme, host and port as the
   * endpoint's, and not readable for all on the way.
   */
  Optional<String> tokenFor(URI address) {
    boolean same =
        String.valueOf(address.getScheme()).equalsIgnoreCase(endpoint.getScheme())
            && String.valueOf(address.getHost()).equalsIgnoreCase(endpoint.getHost())
            && port(address) == port(endpoint);
    return same && (endpoint.getScheme().equals("https") || isThisMachine())
        ? token
        : Optional.empty();
  }

  private boolean isThisMachine() {
    return endpoint.getHost().equals("localhost")
        || endpoint.getHost().matches("127(\\.\\d{1,3}){3}|\\[::1]")
        || endpoint.getHost().equals(InetAddress.getLoopbackAddress().getHostAddress());
  }

  private static int port(URI address) {
    return address.getPort() >= 0
        ? address.getPort()
        : "https".equalsIgnoreCase(address.getScheme()) ? 443 : 80;
  }
}
