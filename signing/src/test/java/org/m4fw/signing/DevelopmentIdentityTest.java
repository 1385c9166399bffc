package org.m4fw.signing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.m4fw.base.problem.ProblemException;
import org.m4fw.signing.trust.TrustRoot;

class DevelopmentIdentityTest {
  @TempDir Path temporary;
  private ConfigurationDirectory configuration = new ConfigurationDirectory(Path.of("unset"));

  @BeforeEach
  void configure() {
    configuration =
        ConfigurationDirectory.of(
            Map.of("M4FW_CONFIG_DIR", temporary.resolve("m4fw").toString()), temporary);
  }

  @Test
  void itIsMadeOnceAndFoundAgain() {
    DevelopmentIdentity.Opened first = DevelopmentIdentity.open(configuration);
    DevelopmentIdentity.Opened second = DevelopmentIdentity.open(configuration);
    assertTrue(first.made());
    assertFalse(second.made());
    assertEquals(first.identity().publicKeys(), second.identity().publicKeys());
  }

  @Test
  void itsTrustRootIsMarkedAndApartFromTheUsers() {
    DevelopmentIdentity.open(configuration).identity().close();
    assertTrue(TrustRoot.read(configuration.developmentTrustRoot()).development());
    assertTrue(Files.notExists(configuration.trustRoot()));
  }

  @Test
  void onlyTheOwnerSeesIt() throws IOException {
    DevelopmentIdentity.open(configuration).identity().close();
    assertEquals(
        "rwx------",
        PosixFilePermissions.toString(Files.getPosixFilePermissions(configuration.development())));
  }

  @Test
  void buildsThatMakeItAtOnceUseTheSameKeys() throws Exception {
    int builds = 8;
    CountDownLatch ready = new CountDownLatch(builds);
    Callable<List<String>> build =
        () -> {
          ready.countDown();
          ready.await();
          try (SigningIdentity identity = DevelopmentIdentity.open(configuration).identity()) {
            return identity.publicKeys().stream().map(key -> key.id()).toList();
          }
        };
    try (ExecutorService threads = Executors.newFixedThreadPool(builds)) {
      List<Future<List<String>>> ids =
          threads.invokeAll(IntStream.range(0, builds).mapToObj(i -> build).toList());
      assertEquals(1, ids.stream().map(Future::resultNow).distinct().count());
    }
    try (Stream<Path> left = Files.list(configuration.path())) {
      assertEquals(List.of(configuration.development()), left.toList());
    }
  }

  @Test
  void anEmptyDirectoryInItsPlaceIsFilled() throws IOException {
    Files.createDirectories(configuration.development());
    assertTrue(DevelopmentIdentity.open(configuration).made());
  }

  @Test
  void anUnfinishedDirectoryInItsPlaceIsLeftAlone() throws IOException {
    Files.createDirectories(configuration.development());
    Path file = Files.writeString(configuration.development().resolve("note"), "mine");
    ProblemException e =
        assertThrows(ProblemException.class, () -> DevelopmentIdentity.open(configuration));
    assertEquals(SigningError.NO_IDENTITY, e.problem().code());
    assertEquals("mine", Files.readString(file));
  }

  @Test
  void aReleaseIdentityInItsPlaceIsNotUsed() {
    SigningIdentity.create(configuration.development(), Optional.empty()).close();
    ProblemException e =
        assertThrows(ProblemException.class, () -> DevelopmentIdentity.open(configuration));
    assertEquals(SigningError.NOT_DEVELOPMENT, e.problem().code());
  }
}
