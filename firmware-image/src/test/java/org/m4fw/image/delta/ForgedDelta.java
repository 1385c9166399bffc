package org.m4fw.image.delta;

import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import org.m4fw.base.progress.Progress;
import org.m4fw.image.Envelope;
import org.m4fw.image.ImageDraft;
import org.m4fw.image.ImageFile;
import org.m4fw.image.ImageWriter;
import org.m4fw.image.Kind;
import org.m4fw.image.Rollback;
import org.m4fw.image.SectionSource;
import org.m4fw.image.SectionSpec;
import org.m4fw.image.UnsignedImage;
import tools.jackson.databind.node.ObjectNode;

/** A delta as somebody writes it who knows the format and means no good; its digests are right. */
final class ForgedDelta {
  private final Map<String, byte[]> sections = new LinkedHashMap<>();
  private final ObjectNode content;

  /** Begins with a good one. */
  ForgedDelta(Path good) {
    try (ImageFile file = ImageFile.open(good)) {
      file.sections()
          .forEach(
              section ->
                  sections.put(
                      section.section().id(), section.bytes().toArray(ValueLayout.JAVA_BYTE)));
      content = (ObjectNode) file.manifest().content();
    }
  }

  ForgedDelta with(String id, byte[] bytes) {
    sections.put(id, bytes);
    return this;
  }

  ForgedDelta runs(Run... runs) {
    byte[][] encoded = new byte[runs.length][];
    for (int i = 0; i < runs.length; i++) {
      encoded[i] = runs[i].encode();
    }
    return with("runs", Deltas.concatenated(encoded));
  }

  byte[] section(String id) {
    byte[] bytes = sections.get(id);
    if (bytes == null) {
      throw new IllegalArgumentException(id);
    }
    return bytes.clone();
  }

  ObjectNode content() {
    return content;
  }

  Path write(Path target) {
    ImageDraft draft =
        new ImageDraft(
            Kind.DELTA,
            "pixel7pro",
            "1.0.2",
            2,
            new Rollback("m4", 0),
            List.of(),
            false,
            OptionalLong.empty(),
            content,
            ImageDraft.Alignment.KIB_16,
            ImageDraft.SMALL_SLOT);
    List<SectionSource> sources = new ArrayList<>();
    sections.forEach(
        (id, bytes) ->
            sources.add(
                SectionSource.of(
                    new SectionSpec(
                        id, "delta-" + id, "", List.of(), "application/octet-stream", "x.bin"),
                    bytes)));
    try (UnsignedImage delta =
        new ImageWriter(Deltas.WORK, Progress.silent()).write(draft, sources, target)) {
      delta.complete(Envelope.of(Kind.DELTA.payloadType(), delta.payload(), List.of()));
    }
    return target;
  }
}
