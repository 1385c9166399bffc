package org.m4fw.base.problem;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class NearNamesTest {
  @Test
  void nearestNameComesFirst() {
    assertEquals(
        List.of("q_proj", "k_proj", "v_proj"),
        NearNames.of("q_porj", List.of("embedding", "k_proj", "q_proj", "v_proj", "norm")));
  }

  @Test
  void farNamesAreNotOffered() {
    assertEquals(List.of(), NearNames.of("abcdefgh", List.of("zyxwvuts", "12345678")));
  }

  @Test
  void onlyASlipIsTakenForWhatWasMeant() {
    List<String> known = List.of("build", "inspect", "run");
    assertEquals(Optional.of("build"), NearNames.meant("biuld", known));
    assertEquals(Optional.empty(), NearNames.meant("bound", List.of("inspect", "run")));
    assertEquals(Optional.empty(), NearNames.meant("xyn", known));
  }

  @Test
  void overlongNamesAreComparedByTheirStart() {
    String start = "a".repeat(200);
    assertEquals(
        List.of(start + "b"), NearNames.of(start + "x".repeat(5000), List.of(start + "b")));
  }

  @Test
  void longListsAreCutWithTheirLength() {
    assertEquals("a, b and 2 more", NearNames.list(List.of("a", "b", "c", "d"), 2));
    assertEquals("a, b", NearNames.list(List.of("a", "b"), 2));
  }
}
