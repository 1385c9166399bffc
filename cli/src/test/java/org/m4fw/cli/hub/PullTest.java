package org.m4fw.cli.hub;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.m4fw.base.digest.Digest;
import org.m4fw.base.file.FileError;
import org.m4fw.base.problem.ErrorCode;
import org.m4fw.base.problem.ProblemException;
import org.m4fw.base.progress.Progress;
import org.m4fw.cli.recipe.Lock.LockedFile;
import org.m4fw.cli.recipe.Source;
import org.m4fw.quantizer.Glob;

/** Against a server that fails on purpose. */
final class PullTest {
  private static final String WEIGHTS = "model.safetensors";
  private static final byte[] CONTENT = random(3_000_000);

  @TempDir Path directory;
  private FaultyHub hub;

  @BeforeEach
  void start() throws IOException {
    hub =
        new FaultyHub()
            .with("config.json", "{\"model_type\": \"llama\"}")
            .with(WEIGHTS, CONTENT)
            .with("README.md", "---\nlicense: apache-2.0\n---\n");
  }

  @AfterEach
  void stop() {
    hub.close();
  }

  @Test
  void filesCommitAndLicenceArrive() throws IOException {
    Pulled pulled = pull();
    assertEquals(
        List.of("README.md", "config.json", WEIGHTS),
        pulled.files().stream().map(Pulled.PulledFile::path).toList());
    assertArrayEquals(CONTENT, Files.readAllBytes(directory.resolve(WEIGHTS)));
    Source source = Source.read(directory).orElseThrow();
    assertEquals(FaultyHub.ID, source.repository());
    assertEquals(FaultyHub.COMMIT, source.input().origin().revision());
    assertEquals("apache-2.0", source.input().origin().licence());
    assertEquals(
        new LockedFile(CONTENT.length, Digest.of(CONTENT)), source.input().files().get(WEIGHTS));
  }

  @Test
  void aTransferThatBreaksGoesOnWhereItStopped() throws IOException {
    hub.fail(WEIGHTS, FaultyHub.dropAfter(1_000_000), FaultyHub.status(503));
    pull();
    assertWhole();
    List<FaultyHub.Seen> requests = hub.of(WEIGHTS);
    assertEquals(3, requests.size());
    assertGoesOn(requests.get(2));
    assertEquals(Optional.of("\"first\""), requests.get(2).ifRange());
  }

  /** How much of what was sent before the break had arrived, the network decides. */
  private static void assertGoesOn(FaultyHub.Seen request) {
    String range = request.range().orElseThrow();
    assertTrue(range.matches("bytes=[1-9][0-9]{0,5}-|bytes=1000000-"), range);
  }

  @Test
  void theNextRunGoesOnWhereTheLastStopped() throws IOException {
    FaultyHub.Fault drop = FaultyHub.dropAfter(1_000_000);
    hub.fail(WEIGHTS, drop, FaultyHub.status(503), FaultyHub.status(503), FaultyHub.status(503));
    assertRefused(HubError.UNREACHABLE, this::pull);
    assertFalse(Files.exists(directory.resolve(WEIGHTS)), "not whole, and has its name");
    pull();
    assertWhole();
    assertGoesOn(hub.of(WEIGHTS).getLast());
  }

  @Test
  void aFileThatChangedMeanwhileIsFetchedFromItsStart() throws IOException {
    hub.tag = "\"second\"";
    hub.fail(WEIGHTS, FaultyHub.dropAfter(1_000_000));
    pull();
    assertWhole();
  }

  @Test
  void aServerWithoutRangesIsAskedForAllOfIt() throws IOException {
    hub.ranges = false;
    hub.fail(WEIGHTS, FaultyHub.dropAfter(1_000_000));
    pull();
    assertWhole();
  }

  @Test
  void aRangeThatNobodyAskedForIsNotUsed() throws IOException {
    byte[] wrong = new byte[1000];
    hub.fail(
        WEIGHTS,
        FaultyHub.dropAfter(1_000_000),
        FaultyHub.range("bytes 999000-999999/3000000", wrong));
    pull();
    assertWhole();
  }

  @Test
  void aPartOfAnotherFileIsThrownAway() throws IOException {
    hub.fail(WEIGHTS, FaultyHub.dropAfter(1_000_000), FaultyHub.status(404));
    assertRefused(HubError.NO_REPOSITORY, this::pull);
    Path part = onlyPart();
    Files.write(part, random(500_000));
    pull();
    assertWhole();
  }

  @Test
  void wrongContentIsRefused() throws IOException {
    hub.fail(WEIGHTS, FaultyHub.body(random(3_000_001, 5)), FaultyHub.body(random(3_000_000, 6)));
    assertRefused(HubError.WRONG_DIGEST, this::pull);
    assertFalse(Files.exists(directory.resolve(WEIGHTS)));
  }

  @Test
  void wrongContentOfASmallFileIsRefused() {
    hub.fail(
        "config.json",
        FaultyHub.body("{\"model_type\": \"LLAMA\"}".getBytes(StandardCharsets.UTF_8)));
    assertRefused(HubError.WRONG_DIGEST, this::pull);
  }

  @Test
  void moreThanWasPromisedIsNotWritten() {
    FaultyHub.Fault more = FaultyHub.body(random(3_100_000, 7));
    hub.fail(WEIGHTS, more, more, more, more);
    assertRefused(HubError.UNREACHABLE, this::pull);
  }

  @Test
  void aHubThatIsBusyIsAskedAgain() throws IOException {
    hub.failList(FaultyHub.status(429), FaultyHub.status(503));
    hub.fail(WEIGHTS, FaultyHub.status(500));
    pull();
    assertWhole();
  }

  @Test
  void aHubThatStaysBusyIsGivenUp() {
    FaultyHub.Fault busy = FaultyHub.status(429);
    hub.failList(busy, busy, busy, busy);
    assertRefused(HubError.UNREACHABLE, this::pull);
  }

  @Test
  void aTransferThatFallsSilentIsBegunAgain() throws IOException {
    hub.fail(WEIGHTS, FaultyHub.silentAfter(1_000_000));
    pull();
    assertWhole();
  }

  @Test
  void theTokenIsNotSentToAnotherServer() throws IOException {
    try (FaultyHub other = new FaultyHub().with(WEIGHTS, CONTENT)) {
      String elsewhere = other.address() + "/a/b/c/d/" + WEIGHTS;
      hub.fail(WEIGHTS, FaultyHub.redirect(elsewhere));
      pull(hub.settings(Optional.of("hf_secret")));
      assertWhole();
      assertTrue(
          hub.seen.stream().allMatch(r -> r.token().equals(Optional.of("Bearer hf_secret"))));
      assertEquals(1, other.seen.size());
      assertEquals(Optional.empty(), other.seen.getFirst().token());
    }
  }

  @Test
  void aRedirectOnTheSameServerKeepsTheToken() {
    hub.fail("config.json", FaultyHub.redirect("/elsewhere/x/y/z/config.json"));
    pull(hub.settings(Optional.of("hf_secret")));
    assertEquals(Optional.of("Bearer hf_secret"), hub.of("config.json").getLast().token());
  }

  @Test
  void aRedirectInCirclesIsGivenUp() {
    FaultyHub.Fault again =
        FaultyHub.redirect("/" + FaultyHub.ID + "/resolve/" + FaultyHub.COMMIT + "/config.json");
    hub.fail("config.json", Stream.generate(() -> again).limit(20).toArray(FaultyHub.Fault[]::new));
    assertRefused(HubError.REDIRECT, this::pull);
  }

  @Test
  void aRedirectToAFileIsRefused() {
    hub.fail("config.json", FaultyHub.redirect("file:///etc/passwd"));
    assertRefused(HubError.REDIRECT, this::pull);
  }

  @Test
  void aPathOutOfTheDirectoryIsRefused() {
    for (String path :
        List.of(
            "../evil.json",
            "/etc/evil.json",
            "a/../../evil.json",
            "a\\evil.json",
            "nul.json",
            "a//b.json",
            "b\u0000.json",
            "c:evil.json")) {
      hub.listing("siblings", List.of(FaultyHub.sibling(path, new byte[1])));
      assertRefused(HubError.BAD_FILE_NAME, this::pull);
    }
  }

  @Test
  void twoFilesThatDifferInCaseAloneAreRefused() {
    hub.with("Config.json", "{}");
    assertRefused(HubError.BAD_FILE_NAME, this::pull);
  }

  @Test
  void aFileWithoutDigestIsRefused() {
    hub.listing("siblings", List.of(Map.of("rfilename", "config.json", "size", 3)));
    FileChoice choice = new FileChoice(List.of(new Glob("*.json")), List.of(), List.of());
    assertRefused(HubError.NO_DIGEST, () -> pull(hub.settings(), choice, "owner/name"));
  }

  @Test
  void aFileThatIsLargerThanTheDiskIsRefused() {
    Map<String, Object> sibling = FaultyHub.sibling(WEIGHTS, CONTENT);
    sibling.put("lfs", Map.of("sha256", Digest.of(CONTENT).hex(), "size", 1L << 52));
    hub.listing("siblings", List.of(sibling));
    assertRefused(HubError.NO_ROOM, this::pull);
  }

  @Test
  void anAnswerThatIsNoListIsRefused() {
    hub.listing("sha", "main");
    assertRefused(HubError.ANSWER, this::pull);
  }

  @Test
  void errorsOfTheHubAreExplained() {
    hub.failList(FaultyHub.status(404, "RepoNotFound"));
    assertRefused(HubError.NO_REPOSITORY, this::pull);
    hub.failList(FaultyHub.status(404, "RevisionNotFound"));
    assertRefused(HubError.NO_REVISION, this::pull);
    hub.failList(FaultyHub.status(403, "GatedRepo"));
    assertRefused(HubError.GATED, this::pull);
    hub.failList(FaultyHub.status(401));
    assertRefused(HubError.REFUSED, this::pull);
    hub.fail("config.json", FaultyHub.status(404, "EntryNotFound"));
    assertRefused(HubError.NO_FILE, this::pull);
  }

  @Test
  void filesThatAreRightAlreadyAreNotFetchedAgain() throws IOException {
    pull();
    Files.writeString(directory.resolve("config.json"), "{\"model_type\": \"LLAMA\"}");
    Pulled second = pull();
    assertEquals(1, hub.of(WEIGHTS).size());
    assertEquals(2, hub.of("config.json").size());
    assertEquals(
        List.of(Pulled.State.PRESENT, Pulled.State.DOWNLOADED, Pulled.State.PRESENT),
        second.files().stream().map(Pulled.PulledFile::state).toList());
    assertEquals("{\"model_type\": \"llama\"}", Files.readString(directory.resolve("config.json")));
  }

  @Test
  void aDirectoryStaysAtItsCommit() {
    pull();
    pull();
    pull(hub.settings(), everything(), "owner/name@main");
    List<String> lists =
        hub.seen.stream().map(FaultyHub.Seen::path).filter(p -> p.startsWith("/api/")).toList();
    assertEquals(
        List.of("main", FaultyHub.COMMIT, "main"),
        lists.stream().map(path -> path.replaceFirst(".*/revision/", "")).toList());
  }

  @Test
  void aDirectoryOfAnotherRepositoryIsLeftAlone() {
    pull();
    assertRefused(HubError.OTHER_SOURCE, () -> pull(hub.settings(), everything(), "owner/other"));
  }

  @Test
  void changedFilesAreOfNoCommit() throws IOException {
    Source source = new Source("owner/name", pull().input());
    assertEquals(Optional.of(FaultyHub.COMMIT), source.revision(source.input().files()));
    var other = new java.util.TreeMap<>(source.input().files());
    other.put(WEIGHTS, new LockedFile(1, Digest.of(new byte[1])));
    assertEquals(Optional.empty(), source.revision(other));
  }

  @Test
  void aDryRunWritesNothing() {
    Path nowhere = directory.resolve("new");
    new Pull(RepositoryName.parse("owner/name"), everything(), nowhere, 2, Progress.silent())
        .run(hub.settings(), true);
    assertFalse(Files.exists(nowhere));
    assertEquals(List.of(), hub.of(WEIGHTS));
  }

  @Test
  void aFileThatAnotherProcessWritesIsLeftToIt() {
    try (var part =
        org.m4fw.base.file.PartialFile.open(
            directory.resolve(WEIGHTS), Digest.of(CONTENT).hex().substring(0, 16))) {
      assertEquals(0, part.length());
      assertRefused(FileError.IN_USE, this::pull);
    }
  }

  private Pulled pull() {
    return pull(hub.settings());
  }

  private Pulled pull(HubSettings settings) {
    return pull(settings, everything(), "owner/name");
  }

  private Pulled pull(HubSettings settings, FileChoice choice, String repository) {
    return new Pull(RepositoryName.parse(repository), choice, directory, 2, Progress.silent())
        .run(settings, false);
  }

  private static FileChoice everything() {
    return new FileChoice(List.of(), List.of(), List.of());
  }

  private void assertWhole() throws IOException {
    assertArrayEquals(CONTENT, Files.readAllBytes(directory.resolve(WEIGHTS)));
    assertEquals(List.of(), parts());
  }

  private Path onlyPart() throws IOException {
    assertEquals(1, parts().size());
    return parts().getFirst();
  }

  private List<Path> parts() throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      return files.filter(file -> file.toString().endsWith(".part")).toList();
    }
  }

  private static void assertRefused(ErrorCode code, Runnable pull) {
    ProblemException problem = assertThrows(ProblemException.class, pull::run);
    assertEquals(code, problem.problem().code(), problem.problem().text());
  }

  private static byte[] random(int length) {
    return random(length, 1);
  }

  private static byte[] random(int length, long seed) {
    byte[] bytes = new byte[length];
    new Random(seed).nextBytes(bytes);
    return bytes;
  }
}
