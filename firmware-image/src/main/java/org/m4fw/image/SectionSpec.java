package org.m4fw.image;

import java.util.List;

/**
 * What a section is, apart from its bytes.
 *
 * @param id unique in the container: lower-case letters, digits, {@code . _ -}, at most 64
 * @param role what the section is for, such as {@code weights}, {@code graph} or {@code tokenizer}
 * @param module the component it belongs to; empty if it belongs to none in particular
 * @param targets the targets that need it, sorted; empty if all do
 * @param media its media type
 * @param name its file name, or a relative path of lower-case letters, digits, {@code . _ - /}
 */
public record SectionSpec(
    String id, String role, String module, List<String> targets, String media, String name) {

  public SectionSpec {
    targets = List.copyOf(targets);
  }
}
