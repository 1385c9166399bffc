package org.m4fw.tests.trust;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.stream.Stream;
import org.m4fw.base.json.CanonicalJson;
import org.m4fw.base.json.Fields;
import org.m4fw.base.json.StrictJson;
import org.m4fw.base.problem.ErrorCode;
import org.m4fw.base.progress.Progress;
import org.m4fw.base.work.OrderedWork;
import org.m4fw.image.ImageDraft;
import org.m4fw.image.ImageWriter;
import org.m4fw.image.Kind;
import org.m4fw.image.Rollback;
import org.m4fw.image.SectionSource;
import org.m4fw.image.SectionSpec;
import org.m4fw.image.UnsignedImage;
import org.m4fw.signing.Signer;
import org.m4fw.signing.SigningIdentity;
import org.m4fw.signing.key.Passphrase;
import org.m4fw.signing.trust.Roles;
import org.m4fw.signing.trust.TrustRoot;
import org.m4fw.tests.build.Tool;

/** A room with identities, roots and images, in which everything happens on the command line. */
record Ceremony(Path room) {

  /** The path of something in the room. */
  String at(String name) {
    return room.resolve(name).toString();
  }

  /** Runs a command that has to succeed; words that begin with {@code @} are paths in the room. */
  Tool.Outcome run(String words, String... more) {
    Tool.Outcome outcome = attempt(words, more);
    assertEquals(0, outcome.code(), outcome::err);
    return outcome;
  }

  /** As {@link #run}, for a command that has to be refused. */
  void refused(ErrorCode code, String words, String... more) {
    Tool.Outcome outcome = attempt(words, more);
    assertEquals(code.category().exitCode(), outcome.code(), outcome::err);
    String text = code.template().replaceAll("^%[a-z]", "").split("%", 2)[0].strip();
    assertTrue(outcome.error().contains(text), outcome::err);
  }

  private Tool.Outcome attempt(String words, String... more) {
    List<String> all = new ArrayList<>();
    Stream.concat(Arrays.stream(words.split(" ")), Arrays.stream(more))
        .map(word -> word.replace("@", room + "/"))
        .forEach(all::add);
    return Tool.run(all.toArray(String[]::new));
  }

  /** Verifies a file; with {@code --json}, so that the code of a refusal is known. */
  Fields verify(String file, String options) {
    Tool.Outcome outcome = attempt("verify @" + file + " --json " + options);
    Fields report =
        Fields.of(
            "stdout", StrictJson.parse("stdout", outcome.out().getBytes(StandardCharsets.UTF_8)));
    assertEquals(report.bool("verified", false) ? 0 : 1, outcome.code());
    return report;
  }

  void verifies(String file, String options) {
    Fields report = verify(file, options);
    assertTrue(report.bool("verified", false), () -> report.node().toString());
  }

  void refuses(ErrorCode code, String file, String options) {
    Fields report = verify(file, options);
    assertEquals(code.name(), report.optionalString("code").orElse("verified"));
  }

  /** A small container, signed by an identity of the room. */
  void write(Kind kind, String name, String identity) {
    write(kind, name, identity, "weights", name.getBytes(StandardCharsets.UTF_8));
  }

  /** An image with a file of the room in a section of this role. */
  void write(String name, String identity, String role, String file) {
    try {
      write(Kind.IMAGE, name, identity, role, Files.readAllBytes(room.resolve(file)));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void write(Kind kind, String name, String identity, String role, byte[] content) {
    ImageDraft draft =
        new ImageDraft(
            kind,
            "pixel7pro",
            "1.0.0",
            1,
            new Rollback("m4", 3),
            TrustRoot.hybrid(kind == Kind.ADAPTER ? Roles.ADAPTER_DEVELOPER : Roles.RELEASE),
            false,
            OptionalLong.empty(),
            CanonicalJson.node(Map.of()),
            ImageDraft.Alignment.KIB_16,
            ImageDraft.SMALL_SLOT);
    SectionSpec spec =
        new SectionSpec(
            role, role, "backbone", List.of("pixel7pro-cpu"), "application/octet-stream", "w.bin");
    try (SigningIdentity signer =
            SigningIdentity.open(room.resolve(identity), Passphrase.Source.none());
        UnsignedImage unsigned =
            new ImageWriter(OrderedWork.onThreads(1), Progress.silent())
                .write(draft, List.of(SectionSource.of(spec, content)), room.resolve(name))) {
      new Signer(signer).complete(unsigned);
    }
  }
}
