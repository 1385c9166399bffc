package org.m4fw.image;

import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import org.m4fw.image.framing.ContainerFormat;
import org.m4fw.image.framing.ContainerLayout;

/**
 * What the words and numbers of a manifest may be, whoever wrote it. File names are narrow, so that
 * every system can hold them: no upper case, hence no two names that differ only in case; no name
 * that Windows takes for a device.
 */
final class ManifestRules {
  static final int MAX_THRESHOLD = 16;
  private static final int MAX_LIST = 64;
  private static final long MAX_INTEGER = (1L << 53) - 1;

  private static final Pattern PRODUCT = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,127}");
  private static final Pattern VERSION =
      Pattern.compile(
          "(0|[1-9][0-9]{0,8})\\.(0|[1-9][0-9]{0,8})\\.(0|[1-9][0-9]{0,8})"
              + "(-[0-9A-Za-z.-]{1,64})?(\\+[0-9A-Za-z.-]{1,64})?");
  private static final Pattern DOMAIN = Pattern.compile("[a-z0-9][a-z0-9._-]{0,31}");
  private static final Pattern ID = Pattern.compile("[a-z0-9][a-z0-9._-]{0,63}");
  private static final Pattern NAME = Pattern.compile("[a-z0-9_][a-z0-9._-]*");
  private static final Pattern DEVICE =
      Pattern.compile("(con|prn|aux|nul|com[0-9]|lpt[0-9])(\\..*)?");
  private static final Pattern WORD = Pattern.compile("[a-z0-9][a-z0-9._-]{0,63}");
  private static final Pattern MODULE = Pattern.compile("|[A-Za-z0-9][A-Za-z0-9._-]{0,63}");
  private static final Pattern MEDIA =
      Pattern.compile("[a-z0-9][a-z0-9!#$&^_.+-]{0,63}/[a-z0-9][a-zA-Z0-9!#$&^_.+;= -]{0,63}");

  private final String file;

  private ManifestRules(String file) {
    this.file = file;
  }

  static void check(String file, Manifest manifest) {
    ManifestRules rules = new ManifestRules(file);
    rules.head(manifest);
    rules.layout(manifest.layout());
    rules.required(manifest.kind(), manifest.requiredSignatures());
    int count = manifest.sections().size();
    rules.range("sections", count, 1, ContainerFormat.MAX_SECTIONS);
    for (int i = 0; i < count; i++) {
      rules.section("sections[%s]".formatted(i), manifest.sections().get(i).spec());
    }
    Set<String> ids = new HashSet<>();
    for (Section section : manifest.sections()) {
      if (!ids.add(section.id())) {
        throw ImageError.DUPLICATE_SECTION.at(file, section.id());
      }
    }
  }

  private void head(Manifest manifest) {
    matches("product", manifest.product(), PRODUCT);
    matches("version", manifest.version(), VERSION);
    range("build", manifest.build(), 0, MAX_INTEGER);
    matches("rollback.domain", manifest.rollback().domain(), DOMAIN);
    range("rollback.index", manifest.rollback().index(), 0, MAX_INTEGER);
    manifest.created().ifPresent(seconds -> range("created", seconds, 0, MAX_INTEGER));
    if (!manifest.content().isObject()) {
      throw wrong("content", "something else", "an object");
    }
  }

  private void layout(LayoutHints layout) {
    if (layout.log2Align() != 14 && layout.log2Align() != 16) {
      throw wrong("layout.log2_align", layout.log2Align(), "14 or 16");
    }
    range(
        "layout.envelope_slot",
        layout.envelopeSlot(),
        ContainerFormat.MIN_SLOT,
        ContainerFormat.MAX_SLOT);
    if (layout.envelopeSlot() % ContainerFormat.SLOT_UNIT != 0) {
      throw wrong("layout.envelope_slot", layout.envelopeSlot(), "a multiple of 4096");
    }
  }

  private void required(Kind kind, List<RequiredSignature> required) {
    int fewest = kind == Kind.DELTA ? 0 : 1;
    range("required_signatures", required.size(), fewest, kind == Kind.DELTA ? 0 : MAX_LIST);
    for (int i = 0; i < required.size(); i++) {
      String item = "required_signatures[%s]".formatted(i);
      matches(item + ".role", required.get(i).role(), WORD);
      range(item + ".threshold", required.get(i).threshold(), 1, MAX_THRESHOLD);
      if (i > 0 && RequiredSignature.ORDER.compare(required.get(i - 1), required.get(i)) >= 0) {
        throw wrong(item, "another order", "each role and algorithm once, sorted");
      }
    }
  }

  private void section(String item, SectionSpec spec) {
    matches(item + ".id", spec.id(), ID);
    fileName(item + ".id", spec.id());
    int length =
        ContainerLayout.sectionName(spec.id(), spec.name()).getBytes(StandardCharsets.UTF_8).length;
    range(item + ".name", length, 1, ContainerFormat.MAX_ENTRY_NAME);
    for (String part : spec.name().split("/", -1)) {
      matches(item + ".name", part, NAME);
      fileName(item + ".name", part);
    }
    matches(item + ".role", spec.role(), WORD);
    matches(item + ".module", spec.module(), MODULE);
    matches(item + ".media", spec.media(), MEDIA);
    range(item + ".targets", spec.targets().size(), 0, MAX_LIST);
    for (int i = 0; i < spec.targets().size(); i++) {
      String target = item + ".targets[%s]".formatted(i);
      matches(target, spec.targets().get(i), WORD);
      if (i > 0 && spec.targets().get(i - 1).compareTo(spec.targets().get(i)) >= 0) {
        throw wrong(target, spec.targets().get(i), "each target once, sorted");
      }
    }
  }

  private void fileName(String item, String part) {
    if (part.contains("..") || part.endsWith(".") || DEVICE.matcher(part).matches()) {
      throw wrong(item, part, "a name that every file system can hold");
    }
  }

  private void matches(String item, String found, Pattern pattern) {
    if (!pattern.matcher(found).matches()) {
      throw wrong(item, found, pattern.pattern());
    }
  }

  private void range(String item, long found, long min, long max) {
    if (found < min || found > max) {
      throw wrong(item, found, "%s to %s".formatted(min, max));
    }
  }

  private RuntimeException wrong(String item, Object found, String expected) {
    return ImageError.MANIFEST_FIELD.wrong(file, "manifest: " + item, found, expected);
  }
}
