package org.m4fw.cli.recipe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.m4fw.base.digest.Digest;
import org.m4fw.base.problem.ProblemException;

final class LockTest {
  @TempDir Path directory;

  private static Lock.LockedFile file(String content) {
    return new Lock.LockedFile(
        content.length(), Digest.of(content.getBytes(java.nio.charset.StandardCharsets.UTF_8)));
  }

  private static Lock lock(String licence, Map<String, Lock.LockedFile> files) {
    return new Lock(
        new TreeMap<>(
            Map.of(
                "component a",
                new Lock.Input(new Recipe.Origin("", "r1", licence), new TreeMap<>(files)))));
  }

  @Test
  void whatIsWrittenIsRead() {
    Lock lock = lock("MIT", Map.of("config.json", file("x"), "model.safetensors", file("yy")));
    Path path = directory.resolve("recipe.lock.json");
    LockFile.write(path, lock);
    assertEquals(Optional.of(lock), LockFile.read(path));
  }

  @Test
  void lockLiesBesideTheRecipe() {
    assertEquals(Path.of("a/b.lock.json"), LockFile.beside(Path.of("a/b.json")));
    assertEquals(Path.of("recipe.lock.json"), LockFile.beside(Path.of("recipe")));
  }

  @Test
  void missingLockIsNone() {
    assertEquals(Optional.empty(), LockFile.read(directory.resolve("none.lock.json")));
  }

  @Test
  void foreignFileIsRefused() throws IOException {
    Path path = directory.resolve("recipe.lock.json");
    Files.writeString(path, "{\"schema\": \"other\", \"inputs\": {}}");
    ProblemException e = assertThrows(ProblemException.class, () -> LockFile.read(path));
    assertEquals(RecipeError.LOCK_UNREADABLE, e.problem().code());
  }

  @Test
  void changesAreNamed() {
    Lock before = lock("MIT", Map.of("a", file("1"), "b", file("2")));
    Lock after = lock("GPL-3.0-only", Map.of("b", file("3"), "c", file("4")));
    List<String> changes = after.changesFrom(before);
    assertEquals(
        List.of(
            "component a: b changed",
            "component a: c is new",
            "component a: a is gone",
            "component a: revision or licence changed from 'r1', 'MIT' to 'r1', 'GPL-3.0-only'"),
        changes);
    assertTrue(before.changesFrom(before).isEmpty());
  }

  @Test
  void newAndMissingInputsAreNamed() {
    Lock one = lock("MIT", Map.of());
    Lock none = new Lock(new TreeMap<>());
    assertEquals(List.of("component a is new"), one.changesFrom(none));
    assertEquals(List.of("component a is gone"), none.changesFrom(one));
  }
}
