package org.m4fw.graph.tflite;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The buffers of a file: equal ones once, whichever graphs use them. */
final class LiteBuffers {
  private final Map<Content, Integer> numbers = new LinkedHashMap<>();

  LiteBuffers() {
    add(new Content.Given(new byte[0]));
  }

  /** The number of a buffer of this content. */
  int add(Content content) {
    return numbers.computeIfAbsent(content, key -> numbers.size());
  }

  List<Content> contents() {
    return new ArrayList<>(numbers.keySet());
  }
}
