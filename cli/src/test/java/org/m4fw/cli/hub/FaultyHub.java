package org.m4fw.cli.hub;

import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.m4fw.base.digest.Digest;
import org.m4fw.base.json.CanonicalJson;

/**
 * A hub on this machine with one repository, {@code owner/name}, at one commit. For each path the
 * next answers can be replaced by faults.
 */
final class FaultyHub implements AutoCloseable {
  static final String COMMIT = "0123456789abcdef0123456789abcdef01234567";
  static final String ID = "owner/name";

  /** Answers a request in another way than it should. */
  interface Fault {
    void answer(HttpExchange exchange, byte[] content) throws IOException;
  }

  /** A request that came. */
  record Seen(
      String path, Optional<String> range, Optional<String> ifRange, Optional<String> token) {}

  private final HttpServer server;
  private final ExecutorService workers = Executors.newCachedThreadPool();
  private final SortedMap<String, byte[]> files = new TreeMap<>();
  private final Map<String, Deque<Fault>> faults = new ConcurrentHashMap<>();
  private final Map<String, Object> listing = new TreeMap<>();
  final List<Seen> seen = new CopyOnWriteArrayList<>();
  boolean ranges = true;
  volatile String tag = "\"first\"";

  FaultyHub() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setExecutor(workers);
    server.createContext("/", this::handle);
    server.start();
    listing.put("sha", COMMIT);
    listing.put("cardData", Map.of("license", "apache-2.0"));
  }

  URI address() {
    return URI.create("http://127.0.0.1:" + server.getAddress().getPort());
  }

  HubSettings settings() {
    return settings(Optional.empty());
  }

  HubSettings settings(Optional<String> token) {
    Duration short_ = Duration.ofMillis(1);
    return new HubSettings(address(), token, 4, short_, short_, Duration.ofMillis(700));
  }

  FaultyHub with(String path, byte[] content) {
    files.put(path, content);
    return this;
  }

  FaultyHub with(String path, String content) {
    return with(path, content.getBytes(StandardCharsets.UTF_8));
  }

  /** Lists something else than there is. */
  FaultyHub listing(String field, Object value) {
    listing.put(field, value);
    return this;
  }

  /** The next answers for a file. */
  FaultyHub fail(String file, Fault... next) {
    faults
        .computeIfAbsent("/" + ID + "/resolve/" + COMMIT + "/" + file, k -> new ArrayDeque<>())
        .addAll(List.of(next));
    return this;
  }

  /** The next answers for the list. */
  FaultyHub failList(Fault... next) {
    faults.computeIfAbsent("list", k -> new ArrayDeque<>()).addAll(List.of(next));
    return this;
  }

  static Fault status(int status) {
    return (exchange, content) -> exchange.sendResponseHeaders(status, -1);
  }

  static Fault status(int status, String errorCode) {
    return (exchange, content) -> {
      exchange.getResponseHeaders().set("X-Error-Code", errorCode);
      exchange.sendResponseHeaders(status, -1);
    };
  }

  /** Promises all and sends less; then the connection is closed. */
  static Fault dropAfter(int bytes) {
    return (exchange, content) -> {
      exchange.getResponseHeaders().set("ETag", "\"first\"");
      exchange.sendResponseHeaders(200, content.length);
      exchange.getResponseBody().write(content, 0, bytes);
      exchange.getResponseBody().flush();
    };
  }

  static Fault redirect(String to) {
    return (exchange, content) -> {
      exchange.getResponseHeaders().set("Location", to);
      exchange.sendResponseHeaders(302, -1);
    };
  }

  static Fault body(byte[] other) {
    return (exchange, content) -> {
      exchange.sendResponseHeaders(200, other.length);
      exchange.getResponseBody().write(other);
    };
  }

  /** A 206 with the bytes of another place. */
  static Fault range(String contentRange, byte[] bytes) {
    return (exchange, content) -> {
      exchange.getResponseHeaders().set("Content-Range", contentRange);
      exchange.sendResponseHeaders(206, bytes.length);
      exchange.getResponseBody().write(bytes);
    };
  }

  /** Sends some, and then nothing for a while. */
  static Fault silentAfter(int bytes) {
    return (exchange, content) -> {
      exchange.sendResponseHeaders(200, content.length);
      exchange.getResponseBody().write(content, 0, bytes);
      exchange.getResponseBody().flush();
      try {
        Thread.sleep(3000);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    };
  }

  private void handle(HttpExchange exchange) throws IOException {
    try (exchange) {
      Headers headers = exchange.getRequestHeaders();
      String path = exchange.getRequestURI().getPath();
      seen.add(
          new Seen(
              path,
              Optional.ofNullable(headers.getFirst("Range")),
              Optional.ofNullable(headers.getFirst("If-Range")),
              Optional.ofNullable(headers.getFirst("Authorization"))));
      boolean list = path.startsWith("/api/");
      byte[] content =
          list ? list() : files.getOrDefault(path.replaceFirst("^(/[^/]+){4}/", ""), new byte[0]);
      Fault fault = faults.getOrDefault(list ? "list" : path, new ArrayDeque<>()).poll();
      if (fault != null) {
        fault.answer(exchange, content);
      } else {
        answer(exchange, content, list);
      }
    }
  }

  private void answer(HttpExchange exchange, byte[] content, boolean list) throws IOException {
    Headers headers = exchange.getRequestHeaders();
    String range = headers.getFirst("Range");
    String condition = headers.getFirst("If-Range");
    exchange.getResponseHeaders().set("ETag", tag);
    boolean part = ranges && !list && range != null && (condition == null || condition.equals(tag));
    int from = part ? Integer.parseInt(range.replaceAll("\\D", "")) : 0;
    if (part) {
      exchange
          .getResponseHeaders()
          .set(
              "Content-Range",
              "bytes %s-%s/%s".formatted(from, content.length - 1, content.length));
    }
    int length = content.length - from;
    exchange.sendResponseHeaders(part ? 206 : 200, length == 0 ? -1 : length);
    exchange.getResponseBody().write(content, from, length);
  }

  private byte[] list() {
    Map<String, Object> answer = new TreeMap<>(listing);
    answer.putIfAbsent(
        "siblings", files.entrySet().stream().map(e -> sibling(e.getKey(), e.getValue())).toList());
    return CanonicalJson.bytes(CanonicalJson.node(answer));
  }

  /** Large files are in LFS, as on a hub; here those that are no text. */
  static Map<String, Object> sibling(String path, byte[] content) {
    Map<String, Object> fields = new TreeMap<>();
    fields.put("rfilename", path);
    fields.put("size", content.length);
    fields.put("blobId", gitBlob(content));
    if (path.endsWith(".safetensors")) {
      fields.put(
          "lfs",
          Map.of("sha256", Digest.of(content).hex(), "size", content.length, "pointerSize", 134));
    }
    return fields;
  }

  private static String gitBlob(byte[] content) {
    try {
      MessageDigest sha1 = MessageDigest.getInstance("SHA-1");
      sha1.update(("blob " + content.length + "\0").getBytes(StandardCharsets.UTF_8));
      return HexFormat.of().formatHex(sha1.digest(content));
    } catch (java.security.NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  /** The requests for a file. */
  List<Seen> of(String file) {
    return seen.stream().filter(request -> request.path().endsWith("/" + file)).toList();
  }

  @Override
  public void close() {
    server.stop(0);
    workers.shutdownNow();
  }
}
