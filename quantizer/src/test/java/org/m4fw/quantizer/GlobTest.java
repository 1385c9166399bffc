package org.m4fw.quantizer;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTimeout;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class GlobTest {
  @Test
  void starsStandForAnyCharacters() {
    assertTrue(new Glob("model.*.q_proj").matches("model.layers.3.self_attn.q_proj"));
    assertTrue(new Glob("*").matches(""));
    assertTrue(new Glob("*norm*").matches("model.norm.weight"));
    assertTrue(new Glob("a*b*c").matches("abbcbc"));
    assertFalse(new Glob("a*b*c").matches("abbcb"));
    assertFalse(new Glob("lm_head").matches("lm_head2"));
    assertFalse(new Glob("").matches("x"));
  }

  @Test
  void dotsStandForThemselves() {
    assertFalse(new Glob("a.b").matches("axb"));
  }

  @Test
  void hostilePatternsTakeLittleTime() {
    String pattern = "*a".repeat(2000) + "b";
    assertTimeout(
        Duration.ofSeconds(5), () -> assertFalse(new Glob(pattern).matches("a".repeat(4000))));
  }
}
