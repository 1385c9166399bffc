package org.m4fw.tests.hostile;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.m4fw.base.problem.ErrorCode;
import org.m4fw.image.Envelope;
import org.m4fw.image.ImageError;
import org.m4fw.image.Kind;
import org.m4fw.signing.trust.VerificationError;

/** Items 19 to 26: the JSON of manifest and envelope. All manifests are well signed. */
final class HostileManifests {
  private static final String BUILD = "\"build\":7";

  private final GoodImage good;
  private final Forgery forgery;
  private final List<HostileCase> cases = new ArrayList<>();

  private HostileManifests(GoodImage good) {
    this.good = good;
    this.forgery = new Forgery(good);
  }

  static List<HostileCase> of(GoodImage image) {
    HostileManifests all = new HostileManifests(image);
    all.duplicates();
    all.texts();
    all.bombs();
    all.fields();
    all.otherForms();
    all.base64();
    all.otherPayload();
    return all.cases;
  }

  private void manifest(int item, String what, String text, String by, ErrorCode expected) {
    cases.add(new HostileCase(item, what, forgery.replaced(text, by), expected));
  }

  private void form(int item, String what, String text, String by) {
    manifest(item, what, text, by, ImageError.MANIFEST_NOT_CANONICAL);
  }

  private void envelope(int item, String what, String text, String by, ErrorCode expected) {
    String changed = forgery.envelopeText().replace(text, by);
    cases.add(new HostileCase(item, what, forgery.envelope(changed), expected));
  }

  private void duplicates() {
    form(19, "a key twice", BUILD, BUILD + "," + BUILD);
    form(19, "a key twice, once escaped", BUILD, BUILD + ",\"\\u0062uild\":8");
    form(19, "a key of the content twice", "\"notes\":", "\"notes\":1,\"notes\":");
    form(19, "a key of a section twice", "\"id\":\"block\"", "\"id\":\"a\",\"id\":\"block\"");
    String payload = "{\"payload\":\"\",\"payload\":";
    envelope(19, "two payloads", "{\"payload\":", payload, ImageError.ENVELOPE_NOT_CANONICAL);
    manifest(
        25, "an id twice", "\"id\":\"block\"", "\"id\":\"tall\"", ImageError.DUPLICATE_SECTION);
    manifest(
        25,
        "the last id twice",
        "\"id\":\"empty\"",
        "\"id\":\"tall\"",
        ImageError.DUPLICATE_SECTION);
  }

  private void whole(int item, String what, byte[] payload) {
    byte[] image = forgery.payload(payload);
    cases.add(new HostileCase(item, what, image, ImageError.MANIFEST_NOT_CANONICAL));
  }

  private void texts() {
    String payload = good.payload();
    for (String more : List.of("{}", "\n", " ", "\u0000", ",", "null")) {
      whole(20, "'%s' behind it".formatted(more.strip()), utf8(payload + more));
    }
    whole(20, "a byte order mark", utf8("\ufeff" + payload));
    whole(20, "UTF-16", payload.getBytes(StandardCharsets.UTF_16LE));
    whole(20, "nothing", new byte[0]);
    for (int wrong : new int[] {0x80, 0xc0, 0xed, 0xf5, 0xff, 0x1f}) {
      byte[] bytes = utf8(payload);
      bytes[payload.indexOf("backbone")] = (byte) wrong;
      whole(20, "byte %02x in a string".formatted(wrong), bytes);
    }
    form(20, "a lone surrogate", "backbone\"]", "\\udc00\"]");
    form(20, "an escaped pair", "backbone\"]", "\\ud83d\\ude00\"]");
  }

  private void bombs() {
    form(21, "1500 lists", "[\"backbone\"]", "[".repeat(1500) + "]".repeat(1500));
    form(21, "31 more lists", "[\"backbone\"]", "[".repeat(31) + "]".repeat(31));
    form(21, "1e999999", BUILD, "\"build\":1e999999");
    form(21, "a number of 5000 digits", BUILD, "\"build\":" + "7".repeat(5000));
    form(21, "a number of 5000 digits in the content", "[\"backbone\"]", "7".repeat(5000));
    form(21, "a key of 5000 bytes", "\"notes\":", "\"" + "n".repeat(5000) + "\":");
    manifest(
        21,
        "a product of 5000 bytes",
        "pixel7pro\",",
        "x".repeat(5000) + "\",",
        ImageError.MANIFEST_FIELD);
    for (String number :
        List.of("7.0", "7e0", "-0", "07", "+7", "7.", ".7", "0x7", "NaN", "9007199254740992")) {
      form(22, number, BUILD, "\"build\":" + number);
      form(22, number + " in the content", "[\"backbone\"]", number);
    }
    manifest(22, "-7", BUILD, "\"build\":-7", ImageError.MANIFEST_FIELD);
  }

  private void fields() {
    String[][] wrong = {
      {"an unknown field", "\"kind\":", "\"hidden\":1,\"kind\":"},
      {"an unknown field of a section", "\"length\":4096", "\"key\":1,\"length\":4096"},
      {"an unknown field at the end", "rc.1+b7\"}", "rc.1+b7\",\"zzz\":0}"},
      {"a missing field", BUILD + ",", ""},
      {"no targets", "\"targets\":[\"pixel7pro-cpu\",\"pixel7pro-npu\"],", ""},
      {"null", BUILD, "\"build\":null"},
      {"null for a time", "\"created\":1700000000", "\"created\":null"},
      {"a string for a number", BUILD, "\"build\":\"7\""},
      {"a number for a string", "\"schema\":\"m4fw.manifest/1\"", "\"schema\":1"},
      {"another schema", "m4fw.manifest/1", "m4fw.manifest/2"},
      {"another kind", "\"kind\":\"image\"", "\"kind\":\"adapter\""},
      {"an unknown kind", "\"kind\":\"image\"", "\"kind\":\"IMAGE\""},
      {"an empty domain", "\"domain\":\"m4\"", "\"domain\":\"\""},
      {"targets out of order", "pixel7pro-npu", "pixel7pro-aaa"},
      {"a target twice", "pixel7pro-npu", "pixel7pro-cpu"},
      {"a version of two numbers", "1.2.3-rc.1+b7", "1.2"},
      {"a version with a zero", "1.2.3-rc.1+b7", "01.2.3"},
      {"a version with a space", "1.2.3-rc.1+b7", "1.2.3 "},
      {"a media type without a slash", "application/octet-stream", "octets"},
      {"a module with a slash", "\"module\":\"backbone\"", "\"module\":\"a/b\""},
      {
        "no required signature",
        "\"role\":\"release\",\"threshold\":1}",
        "\"role\":\"\",\"threshold\":1}"
      },
      {"a threshold of 0", "\"threshold\":1", "\"threshold\":0"},
      {"a threshold of 17", "\"threshold\":1", "\"threshold\":17"},
      {"an unknown class", "\"algorithm\":\"classical\"", "\"algorithm\":\"none\""},
      {"a requirement twice", "\"algorithm\":\"post-quantum\"", "\"algorithm\":\"classical\""},
      {"an alignment of 2^15", "\"log2_align\":14", "\"log2_align\":15"},
      {"another digest", "sha256:", "sha512:"},
    };
    for (String[] one : wrong) {
      manifest(23, one[0], one[1], one[2], ImageError.MANIFEST_FIELD);
    }
    byte[] content = forgery.manifest(m -> m.putArray("content").add(1));
    cases.add(new HostileCase(23, "a list for the content", content, ImageError.MANIFEST_FIELD));
    byte[] list = forgery.payload("[]");
    cases.add(new HostileCase(23, "a list", list, ImageError.MANIFEST_FIELD));
    byte[] object = forgery.payload("{}");
    cases.add(new HostileCase(23, "an empty object", object, ImageError.MANIFEST_FIELD));
    String key = "{\"keyid\":";
    envelope(
        23,
        "an algorithm in the envelope",
        key,
        "{\"alg\":\"none\",\"keyid\":",
        ImageError.ENVELOPE_FIELD);
    envelope(
        23,
        "an unknown field of the envelope",
        "\"signatures\":",
        "\"sig\":1,\"signatures\":",
        ImageError.ENVELOPE_FIELD);
  }

  private void otherForms() {
    form(24, "a space", BUILD, "\"build\": 7");
    form(24, "a line feed", ",\"kind\"", ",\n\"kind\"");
    form(
        24,
        "keys in another order",
        "\"domain\":\"m4\",\"index\":5",
        "\"index\":5,\"domain\":\"m4\"");
    form(24, "an escaped letter", "\"pixel7pro\",", "\"\\u0070ixel7pro\",");
    form(24, "an escaped slash", "m4fw.manifest/1", "m4fw.manifest\\/1");
    form(24, "a long escape", "\\n", "\\u000a");
    form(24, "an upper-case escape", "\\n", "\\u001F");
    form(24, "an upper-case word", "\"development\":false", "\"development\":False");
    ErrorCode form = ImageError.ENVELOPE_NOT_CANONICAL;
    envelope(24, "a space in the envelope", "{\"payload\"", "{ \"payload\"", form);
    envelope(24, "an escaped slash in the envelope", "application/", "application\\/", form);
    envelope(24, "a space behind the envelope", "\"}]}", "\"}]} ", form);
  }

  private void base64() {
    Envelope envelope = good.envelope();
    String signature =
        envelope.signatures().stream()
            .map(Envelope.Signature::base64)
            .filter(base64 -> base64.endsWith("="))
            .findFirst()
            .orElseThrow();
    String cut = signature.substring(0, signature.length() - 1);
    ErrorCode field = ImageError.ENVELOPE_FIELD;
    envelope(24, "base64 without padding", signature, signature.replace("=", ""), field);
    envelope(24, "base64 with loose bits", signature, loose(signature), field);
    envelope(24, "base64 of three characters", signature, cut, field);
    envelope(24, "base64 for addresses", signature, "-_" + signature.substring(2), field);
    envelope(24, "base64 with a line feed", signature, "\\n" + signature, field);
    envelope(24, "a signature of no bytes", signature, "", field);
  }

  /** The same bytes for a decoder that does not look at the bits that are left over. */
  private static String loose(String base64) {
    int at = base64.replace("=", "").length() - 1;
    return base64.substring(0, at) + (char) (base64.charAt(at) + 1) + base64.substring(at + 1);
  }

  /** What is parsed is what was signed, and nothing else. */
  private void otherPayload() {
    byte[] other = utf8(good.payload().replace(BUILD, "\"build\":8"));
    Envelope mixed = Envelope.of(Kind.IMAGE.payloadType(), other, good.envelope().signatures());
    cases.add(
        new HostileCase(
            26,
            "signatures over another payload",
            forgery.framed(other, mixed),
            VerificationError.BAD_SIGNATURE));
    byte[] signed = utf8(good.payload());
    cases.add(
        new HostileCase(
            26,
            "a header with the image id of another payload",
            forgery.framed(other, good.sign(Kind.IMAGE, signed)),
            ImageError.FRAMING_DIFFERS));
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
