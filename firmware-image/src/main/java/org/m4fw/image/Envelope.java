package org.m4fw.image;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.SortedMap;
import java.util.TreeMap;
import org.m4fw.base.json.CanonicalForm;
import org.m4fw.base.json.CanonicalJson;
import org.m4fw.base.json.Fields;
import org.m4fw.base.json.JsonError;
import org.m4fw.base.json.StrictJson;
import org.m4fw.base.problem.ProblemException;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * A DSSE envelope: a payload and signatures over it. Written in one form only, so that no byte of
 * it can be changed without changing what it means:
 *
 * <pre>
 * {"payload":BASE64,"payloadType":TYPE,"signatures":[{"keyid":KEYID,"sig":BASE64},...]}
 * </pre>
 *
 * <p>Canonical JSON; padded base64 of RFC 4648 section 4; 1 to 32 signatures in ascending order of
 * key ids, each key id once; a key id is a hint of 1 to 128 characters {@code [A-Za-z0-9._:+/=-]}.
 * The envelope of a delta has none: what counts are the signatures of the image that it makes.
 * Source: DSSE 1.0 protocol and envelope. Whether a signature counts is not decided here.
 */
public final class Envelope {
  private static final int MAX_SIGNATURES = 32;

  /** SLH-DSA-256f, the longest standard signature, has 49,856 bytes. */
  private static final int MAX_SIGNATURE = 64 << 10;

  private static final String KEY_ID = "[A-Za-z0-9._:+/=-]{1,128}";

  private final String payloadType;
  private final byte[] payload;
  private final List<Signature> signatures;

  private Envelope(String payloadType, byte[] payload, List<Signature> signatures) {
    this.payloadType = payloadType;
    this.payload = payload;
    this.signatures = signatures;
  }

  /**
   * A signature as the envelope holds it.
   *
   * @param keyId which key made it; a hint, not to be trusted
   * @param base64 the signature's bytes
   */
  public record Signature(String keyId, String base64) {

    public static Signature of(String keyId, byte[] bytes) {
      return new Signature(keyId, Base64.getEncoder().encodeToString(bytes));
    }

    public byte[] bytes() {
      return Base64.getDecoder().decode(base64);
    }
  }

  /**
   * An envelope; the order of the signatures does not matter.
   *
   * @throws ProblemException with an {@link ImageError} if it would not be a valid one
   */
  public static Envelope of(String payloadType, byte[] payload, List<Signature> signatures) {
    Envelope envelope =
        new Envelope(
            payloadType,
            payload.clone(),
            signatures.stream().sorted(Comparator.comparing(Signature::keyId)).toList());
    envelope.check("envelope");
    return envelope;
  }

  /**
   * Reads an envelope.
   *
   * @param file only for messages
   * @throws ProblemException with an {@link ImageError}
   */
  public static Envelope parse(String file, byte[] bytes) {
    OptionalInt deviation = CanonicalForm.firstDeviation(bytes);
    if (deviation.isPresent()) {
      throw ImageError.ENVELOPE_NOT_CANONICAL.at(file, "envelope", deviation.getAsInt());
    }
    Envelope envelope;
    try {
      envelope = read(file, Fields.of(file, StrictJson.parse(file, bytes)));
    } catch (ProblemException e) {
      if (e.problem().code() instanceof JsonError) {
        throw ImageError.ENVELOPE_FIELD.at(file, item(e.problem().item()), e.problem().message());
      }
      throw e;
    }
    envelope.check(file);
    int different = Arrays.mismatch(bytes, envelope.bytes());
    if (different >= 0) {
      throw ImageError.ENVELOPE_NOT_CANONICAL.at(file, "envelope", different);
    }
    return envelope;
  }

  /**
   * The same payload with signatures added to its own; one by a key that has signed already takes
   * the place of the older one.
   *
   * @throws ProblemException with an {@link ImageError} if the result would not be valid
   */
  public Envelope withSignatures(List<Signature> added) {
    SortedMap<String, Signature> all = new TreeMap<>();
    signatures.forEach(signature -> all.put(signature.keyId(), signature));
    added.forEach(signature -> all.put(signature.keyId(), signature));
    return of(payloadType, payload, List.copyOf(all.values()));
  }

  private static Envelope read(String file, Fields fields) {
    fields.exactly("payload", "payloadType", "signatures");
    List<Signature> signatures = new ArrayList<>();
    for (Fields signature : fields.objects("signatures")) {
      signature.exactly("keyid", "sig");
      String base64 = signature.string("sig");
      decode(file, signature.path() + ".sig", base64);
      signatures.add(new Signature(signature.string("keyid"), base64));
    }
    return new Envelope(
        fields.string("payloadType"),
        decode(file, "payload", fields.string("payload")),
        List.copyOf(signatures));
  }

  /** Decodes what the encoder would have written, and nothing else. */
  private static byte[] decode(String file, String item, String base64) {
    try {
      byte[] bytes = Base64.getDecoder().decode(base64);
      if (Base64.getEncoder().encodeToString(bytes).equals(base64)) {
        return bytes;
      }
    } catch (IllegalArgumentException e) {
      throw ImageError.ENVELOPE_FIELD.wrong(file, item(item), "characters outside of it", "base64");
    }
    throw ImageError.ENVELOPE_FIELD.wrong(file, item(item), "another form", "padded base64");
  }

  private void check(String file) {
    if (!payloadType.matches("[\\x21-\\x7e]{1,128}")) {
      throw ImageError.ENVELOPE_FIELD.wrong(
          file, item("payloadType"), payloadType, "1 to 128 visible ASCII characters");
    }
    boolean delta = payloadType.equals(Kind.DELTA.payloadType());
    if (delta && !signatures.isEmpty()) {
      throw ImageError.ENVELOPE_FIELD.wrong(
          file, item("signatures"), signatures.size(), "none, as a delta makes a signed image");
    }
    if (!delta && signatures.isEmpty()) {
      throw ImageError.ENVELOPE_UNSIGNED.at(file, "envelope");
    }
    if (signatures.size() > MAX_SIGNATURES) {
      throw ImageError.ENVELOPE_FIELD.wrong(
          file, item("signatures"), signatures.size(), "at most " + MAX_SIGNATURES);
    }
    Optional<String> before = Optional.empty();
    for (int i = 0; i < signatures.size(); i++) {
      String item = item("signatures[%s]".formatted(i));
      Signature signature = signatures.get(i);
      if (!signature.keyId().matches(KEY_ID)) {
        throw ImageError.ENVELOPE_FIELD.wrong(
            file, item + ".keyid", signature.keyId(), "1 to 128 of A-Z a-z 0-9 . _ : + / = -");
      }
      int length = signature.bytes().length;
      if (length == 0 || length > MAX_SIGNATURE) {
        throw ImageError.ENVELOPE_FIELD.wrong(
            file, item + ".sig", length + " bytes", "1 to " + MAX_SIGNATURE);
      }
      if (before.isPresent() && before.get().compareTo(signature.keyId()) >= 0) {
        throw ImageError.ENVELOPE_FIELD.wrong(
            file, item + ".keyid", signature.keyId(), "one after " + before.get());
      }
      before = Optional.of(signature.keyId());
    }
  }

  private static String item(String path) {
    return path.isEmpty() ? "envelope" : "envelope: " + path;
  }

  public String payloadType() {
    return payloadType;
  }

  public byte[] payload() {
    return payload.clone();
  }

  /** In ascending order of the key ids. */
  public List<Signature> signatures() {
    return signatures;
  }

  /** What the signatures sign. */
  public byte[] preAuthenticationEncoding() {
    return preAuthenticationEncoding(payloadType, payload);
  }

  /** DSSE's PAE: {@code DSSEv1 <length> <type> <length> <payload>}, lengths in bytes. */
  public static byte[] preAuthenticationEncoding(String payloadType, byte[] payload) {
    byte[] type = payloadType.getBytes(StandardCharsets.UTF_8);
    byte[] front =
        "DSSEv1 %s %s %s "
            .formatted(type.length, payloadType, payload.length)
            .getBytes(StandardCharsets.UTF_8);
    byte[] all = Arrays.copyOf(front, front.length + payload.length);
    System.arraycopy(payload, 0, all, front.length, payload.length);
    return all;
  }

  /** The canonical form. */
  public byte[] bytes() {
    ObjectNode node = JsonNodeFactory.instance.objectNode();
    node.put("payload", Base64.getEncoder().encodeToString(payload));
    node.put("payloadType", payloadType);
    var list = node.putArray("signatures");
    for (Signature signature : signatures) {
      list.addObject().put("keyid", signature.keyId()).put("sig", signature.base64());
    }
    return CanonicalJson.bytes(node);
  }
}
