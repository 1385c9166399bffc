package org.m4fw.tests.hostile;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The whole corpus, refused by both verifiers with the same code, at the same byte. */
class HostileCorpusTest {
  @TempDir static Path directory;
  private static Path image = Path.of("");
  private static List<HostileCase> corpus = List.of();
  private static Path root = Path.of("");
  private static List<String> verdicts = List.of();

  @BeforeAll
  static void make() throws IOException {
    GoodImage good = GoodImage.create(directory);
    image = Files.write(directory.resolve("base.m4img"), good.bytes());
    root = good.root();
    corpus = new ArrayList<>(HostileContainers.of(good));
    corpus.addAll(HostileManifests.of(good));
    corpus.addAll(HostileSignatures.of(good, directory));
    corpus.addAll(HostileTrees.of(good));
    corpus.addAll(HostileUpdates.of(good, directory));
    JavaVerdict java = JavaVerdict.against(root, directory);
    assertEquals("OK 0", java.of(image));
    verdicts = corpus.stream().map(one -> java.of(one.image())).toList();
  }

  @Test
  void corpusHoldsEveryItemThatIsInAnImage() {
    Set<Integer> items = corpus.stream().map(HostileCase::item).collect(Collectors.toSet());
    Set<Integer> expected =
        IntStream.concat(
                IntStream.of(27, 28, 29, 30, 31, 36, 38, 39, 40),
                IntStream.concat(IntStream.rangeClosed(1, 26), IntStream.rangeClosed(46, 50)))
            .filter(item -> item != 18) // LargeImageTest
            .boxed()
            .collect(Collectors.toCollection(TreeSet::new));
    assertEquals(expected, new TreeSet<>(items));
  }

  @Test
  void everyCaseIsRefusedInJavaWithItsCode() {
    List<String> wrong = new ArrayList<>();
    for (int i = 0; i < corpus.size(); i++) {
      HostileCase one = corpus.get(i);
      String verdict = verdicts.get(i);
      if (!verdict.startsWith(one.expected().name() + " ")) {
        wrong.add("%s: %s, expected %s".formatted(one, verdict, one.expected().name()));
      }
    }
    assertTrue(wrong.isEmpty(), () -> String.join("\n", wrong));
  }

  @Test
  void theVerifierForDevicesRefusesEachAtTheSameByte() {
    List<String> wrong = new ArrayList<>();
    try (DeviceVerifier device = DeviceVerifier.start(directory, true)) {
      device.trust(root, directory);
      device.base(image);
      assertEquals("OK 0", device.of(GoodImage.read(image)));
      for (int i = 0; i < corpus.size(); i++) {
        HostileCase one = corpus.get(i);
        String expected = verdicts.get(i);
        String verdict = device.of(one.image());
        if (!(verdict + " ").startsWith(expected + " ")) {
          wrong.add("%s: %s, in Java %s".formatted(one, verdict, expected));
        }
      }
    }
    assertTrue(wrong.isEmpty(), () -> String.join("\n", wrong));
  }
}
