package org.m4fw.quantizer;

import static java.util.Objects.requireNonNull;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.m4fw.base.digest.Digest;
import org.m4fw.base.file.OutputFile;
import org.m4fw.base.problem.ProblemException;
import org.m4fw.checkpoint.Checkpoint;
import org.m4fw.checkpoint.DType;
import org.m4fw.checkpoint.Extent;
import org.m4fw.graph.ir.Encoding;
import org.m4fw.graph.ir.Layout;
import org.m4fw.graph.ir.Weight;

class WeightStoreTest {
  private static final Encoding INT8 = new Encoding.Int8PerChannel();
  private static final Encoding INT4 = new Encoding.Int4Blocks(64);
  private static final FileTime LONG_AGO = FileTime.fromMillis(1_000_000_000_000L);
  private static final String NAME = "model.layers.0.self_attn.q_proj.weight";

  @TempDir Path directory = Path.of("");
  private Path cache = Path.of("");

  @BeforeEach
  void name() {
    cache = directory.resolve("cache");
  }

  private WeightStore open() {
    return WeightStore.open(cache, WeightEncoder.create());
  }

  private static WeightStore.Stored encode(WeightStore store, Encoding encoding, Layout layout) {
    try (Checkpoint checkpoint = Checkpoint.open(Inputs.example())) {
      return store.encode(weight(checkpoint), encoding, layout);
    }
  }

  private static Weight weight(Checkpoint checkpoint) {
    return Inputs.weights(checkpoint).stream()
        .filter(weight -> weight.name().equals(NAME))
        .findFirst()
        .orElseThrow();
  }

  private WeightStore.Stored encodeAnew(Encoding encoding, Layout layout) {
    try (WeightStore store = open()) {
      return encode(store, encoding, layout);
    }
  }

  private static Path file(WeightStore.Stored stored) {
    return stored.weight().data().file();
  }

  private float[] vector(Digest key, float found, int[] searches) {
    try (WeightStore store = open()) {
      return requireNonNull(
          store
              .inputVectors(
                  key,
                  () -> {
                    searches[0]++;
                    return Map.of(NAME, new float[] {found, Float.MIN_VALUE, -0.1f});
                  })
              .get(NAME));
    }
  }

  @Test
  void whatWasFoundOfInputsIsNotSearchedAgain() {
    Digest key = Digest.of("inputs".getBytes(StandardCharsets.UTF_8));
    int[] searches = new int[1];
    float[] first = vector(key, 3, searches);
    assertArrayEquals(first, vector(key, 4, searches));
    assertEquals(1, searches[0]);
    vector(Digest.of(new byte[1]), 4, searches);
    assertEquals(2, searches[0]);
  }

  @Test
  void damagedVectorsOfInputsAreSearchedAgain() throws IOException {
    Digest key = Digest.of("inputs".getBytes(StandardCharsets.UTF_8));
    int[] searches = new int[1];
    vector(key, 3, searches);
    Path file = cache.resolve("inputs").resolve(key.hex() + ".json");
    String text = Files.readString(file);
    for (String damaged :
        List.of(
            text.substring(0, 40),
            text.replace("AABA", "AABB"),
            text.replace("AABA", "!ABA"),
            "{}")) {
      Files.writeString(file, damaged);
      assertEquals(5, vector(key, 5, searches)[0], damaged);
    }
    assertEquals(5, searches[0]);
  }

  @Test
  void dataComeFirstAndScalesAtTheNextMultipleOf64() {
    WeightStore.Stored stored = encodeAnew(INT8, Layout.CANONICAL);
    assertEquals(new Extent(file(stored), 0, 192 * 192), stored.weight().data());
    assertEquals(
        Optional.of(new Extent(file(stored), 192 * 192, 2 * 192)), stored.weight().scales());
    assertTrue(stored.report().quality().orElseThrow().sqnr() > 40);
  }

  @Test
  void whatIsThereIsFoundAgainWithItsReport() throws IOException {
    WeightStore.Stored first = encodeAnew(INT4, Layout.CANONICAL);
    Path sidecar = file(first).resolveSibling(file(first).getFileName() + ".json");
    Files.setLastModifiedTime(sidecar, LONG_AGO);
    WeightStore.Stored second = encodeAnew(INT4, Layout.CANONICAL);
    assertEquals(first.report(), second.report());
    assertEquals(first.weight().data(), second.weight().data());
    assertEquals(LONG_AGO, Files.getLastModifiedTime(sidecar));
  }

  @Test
  void whatNobodyUsesCanBeRemoved() throws IOException {
    Path unused = file(encodeAnew(INT4, Layout.CANONICAL));
    Path used = file(encodeAnew(INT8, Layout.CANONICAL));
    for (Path file : List.of(unused, used)) {
      Files.setLastModifiedTime(file, LONG_AGO);
    }
    encodeAnew(INT8, Layout.CANONICAL);
    FileTime before = FileTime.fromMillis(LONG_AGO.toMillis() + 1000);
    assertEquals(2, StoreUsage.of(cache).entries());
    StoreUsage removed = StoreUsage.removeUnused(cache, before);
    assertEquals(1, removed.entries());
    assertTrue(removed.bytes() >= 192 * 192 / 2);
    assertFalse(Files.exists(unused));
    assertFalse(Files.exists(unused.resolveSibling(unused.getFileName() + ".json")));
    assertTrue(Files.exists(used));
    assertEquals(1, StoreUsage.of(cache).entries());
    assertEquals(new StoreUsage(0, 0), StoreUsage.of(cache.resolve("missing")));
  }

  @Test
  void encodingsAndLayoutsHaveEntriesOfTheirOwn() {
    Path canonical = file(encodeAnew(INT4, Layout.CANONICAL));
    assertNotEquals(canonical, file(encodeAnew(INT4, Layout.TRANSPOSED_NIBBLES)));
    assertNotEquals(canonical, file(encodeAnew(INT8, Layout.CANONICAL)));
    assertNotEquals(canonical, file(encodeAnew(new Encoding.Int4Blocks(32), Layout.CANONICAL)));
  }

  @Test
  void layoutsShareTheReportOfTheCanonicalBytes() {
    assertEquals(
        encodeAnew(INT8, Layout.CANONICAL).report(),
        encodeAnew(INT8, Layout.OFFSET_BINARY).report());
  }

  @Test
  void damagedEntriesAreMadeAgain() throws IOException {
    WeightStore.Stored first = encodeAnew(INT4, Layout.CANONICAL);
    byte[] whole = Files.readAllBytes(file(first));
    byte[] flipped = whole.clone();
    flipped[flipped.length / 3] ^= 4;
    byte[] cut = java.util.Arrays.copyOf(whole, whole.length - 1);
    for (byte[] damaged : new byte[][] {flipped, cut, {}}) {
      Files.write(file(first), damaged);
      assertEquals(first.report(), encodeAnew(INT4, Layout.CANONICAL).report());
      assertArrayEquals(whole, Files.readAllBytes(file(first)));
    }
  }

  @Test
  void damagedSidecarsAreMadeAgain() throws IOException {
    WeightStore.Stored first = encodeAnew(INT4, Layout.CANONICAL);
    Path sidecar = file(first).resolveSibling(file(first).getFileName() + ".json");
    String text = Files.readString(sidecar);
    for (String damaged : new String[] {"", "{}", text.replace("sha256", "sha1"), text + "x"}) {
      Files.writeString(sidecar, damaged);
      assertEquals(first.report(), encodeAnew(INT4, Layout.CANONICAL).report());
      assertEquals(text, Files.readString(sidecar));
    }
  }

  @Test
  void weightsThatAreWantedAsTheyComeStayWhereTheyAre() {
    WeightStore.Stored stored = encodeAnew(new Encoding.Plain(DType.F16), Layout.CANONICAL);
    assertEquals("model.safetensors", file(stored).getFileName().toString());
    assertEquals(Optional.empty(), stored.weight().scales());
    assertFalse(Files.exists(cache));
  }

  @Test
  void plainConversionsHaveNoScales() {
    WeightStore.Stored stored = encodeAnew(new Encoding.Plain(DType.F32), Layout.CANONICAL);
    assertEquals(4 * 192 * 192, stored.weight().data().length());
    assertEquals(Optional.empty(), stored.weight().scales());
    assertEquals(0, stored.report().quality().orElseThrow().noise());
  }

  @Test
  void severalAtOnceGetTheSameBytes() throws Exception {
    try (ExecutorService pool = Executors.newFixedThreadPool(4)) {
      Future<?>[] all = new Future<?>[4];
      for (int i = 0; i < all.length; i++) {
        all[i] = pool.submit(() -> encodeAnew(INT4, Layout.TRANSPOSED_NIBBLES));
      }
      for (Future<?> one : all) {
        one.get();
      }
    }
    try (WeightStore temporary = WeightStore.temporary(WeightEncoder.create())) {
      assertArrayEquals(
          Inputs.bytes(file(encode(temporary, INT4, Layout.TRANSPOSED_NIBBLES))),
          Inputs.bytes(file(encodeAnew(INT4, Layout.TRANSPOSED_NIBBLES))));
    }
  }

  @Test
  void temporaryStoresLeaveNothing() {
    Path file;
    try (WeightStore store = WeightStore.temporary(WeightEncoder.create())) {
      file = file(encode(store, INT8, Layout.CANONICAL));
      assertTrue(Files.exists(file));
    }
    assertFalse(Files.exists(file));
    assertFalse(Files.exists(file.resolve("../..").normalize()));
  }

  @Test
  void changedSourcesAreReadAgain() throws IOException {
    Path copy = directory.resolve("copy");
    for (String name : new String[] {"config.json", "model.safetensors"}) {
      OutputFile.write(copy.resolve(name), Inputs.bytes(Inputs.example().resolve(name)));
    }
    Path before = encodeCopy(copy);
    Path weights = copy.resolve("model.safetensors");
    byte[] bytes = Files.readAllBytes(weights);
    try (Checkpoint checkpoint = Checkpoint.open(copy)) {
      bytes[(int) Inputs.tensor(weight(checkpoint)).extent().offset()] ^= 1;
    }
    Files.write(weights, bytes);
    Files.setLastModifiedTime(weights, LONG_AGO);
    assertNotEquals(before, encodeCopy(copy));
  }

  private Path encodeCopy(Path copy) {
    try (WeightStore store = open();
        Checkpoint checkpoint = Checkpoint.open(copy)) {
      return file(store.encode(weight(checkpoint), INT8, Layout.CANONICAL));
    }
  }

  @Test
  void layoutsThatAnEncodingDoesNotHaveAreRefused() {
    ProblemException problem =
        assertThrows(ProblemException.class, () -> encodeAnew(INT4, Layout.OFFSET_BINARY));
    assertEquals(QuantizerError.LAYOUT_IMPOSSIBLE, problem.problem().code());
    assertFalse(Files.exists(cache));
  }

  @Test
  void offsetBinaryIsTheCanonicalBytesMovedBy128() {
    byte[] canonical = data(encodeAnew(INT8, Layout.CANONICAL));
    byte[] offset = data(encodeAnew(INT8, Layout.OFFSET_BINARY));
    for (int i = 0; i < canonical.length; i++) {
      assertEquals(canonical[i] + 128, offset[i] & 255);
    }
  }

  private static byte[] data(WeightStore.Stored stored) {
    byte[] bytes = Inputs.bytes(file(stored));
    return java.util.Arrays.copyOf(bytes, (int) stored.weight().data().length());
  }
}
