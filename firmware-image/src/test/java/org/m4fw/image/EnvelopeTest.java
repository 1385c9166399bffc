package org.m4fw.image;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.m4fw.base.problem.ErrorCode;
import org.m4fw.base.problem.ProblemException;

class EnvelopeTest {
  private static final String GOOD =
      "{\"payload\":\"aGVsbG8gd29ybGQ=\",\"payloadType\":\"text/plain\","
          + "\"signatures\":[{\"keyid\":\"a\",\"sig\":\"AQI=\"},{\"keyid\":\"b\",\"sig\":\"AwQ=\"}]}";

  @Test
  void whatIsWrittenIsRead() {
    Envelope envelope = parse(GOOD);
    assertEquals("hello world", new String(envelope.payload(), StandardCharsets.UTF_8));
    assertEquals("text/plain", envelope.payloadType());
    assertArrayEquals(new byte[] {3, 4}, envelope.signatures().get(1).bytes());
    assertEquals(GOOD, new String(envelope.bytes(), StandardCharsets.UTF_8));
  }

  @Test
  void signaturesAreWrittenInTheOrderOfTheirKeyIds() {
    List<Envelope.Signature> signatures =
        List.of(
            Envelope.Signature.of("b", new byte[] {3, 4}),
            Envelope.Signature.of("a", new byte[] {1, 2}));
    Envelope envelope =
        Envelope.of("text/plain", "hello world".getBytes(StandardCharsets.UTF_8), signatures);
    assertEquals(GOOD, new String(envelope.bytes(), StandardCharsets.UTF_8));
  }

  /** The example of the DSSE specification. */
  @Test
  void preAuthenticationEncodingIsThatOfTheSpecification() {
    byte[] encoded =
        Envelope.preAuthenticationEncoding(
            "http://example.com/HelloWorld", "hello world".getBytes(StandardCharsets.UTF_8));
    assertEquals(
        "DSSEv1 29 http://example.com/HelloWorld 11 hello world",
        new String(encoded, StandardCharsets.UTF_8));
  }

  @Test
  void lengthsInThePreAuthenticationEncodingCountBytes() {
    byte[] encoded = Envelope.preAuthenticationEncoding("é", new byte[0]);
    assertEquals("DSSEv1 2 é 0 ", new String(encoded, StandardCharsets.UTF_8));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "[]",
        "{}",
        "null",
        "{\"payload\":1,\"payloadType\":\"t\",\"signatures\":[{\"keyid\":\"a\",\"sig\":\"AQI=\"}]}",
        "{\"payload\":\"\",\"payloadType\":\"t\",\"signatures\":[1]}",
        "{\"payload\":\"\",\"payloadType\":\"t\",\"signatures\":{}}",
        "{\"payload\":\"\",\"payloadType\":\"t\",\"signatures\":[],\"z\":1}",
        "{\"payload\":\"\",\"signatures\":[]}",
        "{\"payload\":\"\",\"payloadType\":\"t\",\"signatures\":[{\"keyid\":\"a\",\"sig\":\"\",\"x\":1}]}"
      })
  void otherDocumentIsRejected(String text) {
    assertEquals(ImageError.ENVELOPE_FIELD, refusal(text));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "\uFEFF{}",
        "{\"payload\":\"\",\"payload\":\"\",\"payloadType\":\"t\",\"signatures\":[]}"
      })
  void whatIsNotCanonicalIsRejected(String text) {
    assertEquals(ImageError.ENVELOPE_NOT_CANONICAL, refusal(text));
  }

  @Test
  void trailingDocumentIsRejected() {
    assertEquals(ImageError.ENVELOPE_NOT_CANONICAL, refusal(GOOD + "{}"));
  }

  @Test
  void invalidUtf8IsRejected() {
    byte[] bytes = GOOD.getBytes(StandardCharsets.UTF_8);
    bytes[bytes.length / 2] = (byte) 0xff;
    ProblemException e =
        assertThrows(ProblemException.class, () -> Envelope.parse("envelope", bytes));
    assertEquals(ImageError.ENVELOPE_NOT_CANONICAL, e.problem().code());
  }

  @Test
  void deepNestingIsRejected() {
    assertEquals(ImageError.ENVELOPE_NOT_CANONICAL, refusal("[".repeat(100_000)));
  }

  @Test
  void anotherFormOfTheSameIsRejected() {
    assertEquals(ImageError.ENVELOPE_NOT_CANONICAL, refusal(GOOD.replace("{\"pay", "{ \"pay")));
    assertEquals(ImageError.ENVELOPE_NOT_CANONICAL, refusal(GOOD.replace("text/", "text\\/")));
    assertEquals(ImageError.ENVELOPE_NOT_CANONICAL, refusal(GOOD.replace("text", "\\u0074ext")));
    assertEquals(
        ImageError.ENVELOPE_NOT_CANONICAL,
        refusal(
            GOOD.replace(
                "{\"keyid\":\"a\",\"sig\":\"AQI=\"}", "{\"sig\":\"AQI=\",\"keyid\":\"a\"}")));
    assertEquals(ImageError.ENVELOPE_NOT_CANONICAL, refusal(GOOD + " "));
  }

  @Test
  void loneSurrogateIsRejected() {
    assertEquals(ImageError.ENVELOPE_NOT_CANONICAL, refusal(GOOD.replace("text", "\\ud800")));
  }

  @Test
  void base64WithLooseBitsIsRejected() {
    assertEquals(ImageError.ENVELOPE_FIELD, refusal(GOOD.replace("AQI=", "AQJ=")));
    assertEquals(ImageError.ENVELOPE_FIELD, refusal(GOOD.replace("AQI=", "AQI")));
    assertEquals(ImageError.ENVELOPE_FIELD, refusal(GOOD.replace("AQI=", "A_I=")));
    assertEquals(ImageError.ENVELOPE_FIELD, refusal(GOOD.replace("d29y", "d2\\n9y")));
    assertEquals(ImageError.ENVELOPE_FIELD, refusal(GOOD.replace("bGQ=", "bGR=")));
  }

  @Test
  void envelopeWithoutSignaturesIsRejected() {
    assertEquals(
        ImageError.ENVELOPE_UNSIGNED,
        refusal("{\"payload\":\"\",\"payloadType\":\"t\",\"signatures\":[]}"));
  }

  @Test
  void signaturesOutOfOrderAreRejected() {
    assertEquals(ImageError.ENVELOPE_FIELD, refusal(GOOD.replace("\"a\"", "\"c\"")));
  }

  @Test
  void sameKeyIdTwiceIsRejected() {
    assertEquals(ImageError.ENVELOPE_FIELD, refusal(GOOD.replace("\"b\"", "\"a\"")));
  }

  @Test
  void emptySignatureIsRejected() {
    assertEquals(ImageError.ENVELOPE_FIELD, refusal(GOOD.replace("AQI=", "")));
  }

  @Test
  void hugeSignatureIsRejected() {
    assertEquals(ImageError.ENVELOPE_FIELD, refusal(GOOD.replace("AQI=", "AAAA".repeat(30_000))));
  }

  @Test
  void tooManySignaturesAreRejected() {
    List<Envelope.Signature> many =
        IntStream.range(0, 33)
            .mapToObj(i -> Envelope.Signature.of("k%02d".formatted(i), new byte[1]))
            .toList();
    ProblemException e =
        assertThrows(ProblemException.class, () -> Envelope.of("t", new byte[1], many));
    assertEquals(ImageError.ENVELOPE_FIELD, e.problem().code());
  }

  @Test
  void keyIdOfOtherCharactersIsRejected() {
    for (String keyId : List.of("", "a b", "ä", "a\\u0000", "x".repeat(129))) {
      assertEquals(ImageError.ENVELOPE_FIELD, refusal(GOOD.replace("\"a\"", "\"" + keyId + "\"")));
    }
  }

  @Test
  void payloadTypeOfOtherCharactersIsRejected() {
    assertEquals(ImageError.ENVELOPE_FIELD, refusal(GOOD.replace("text/plain", "text plain")));
    assertEquals(ImageError.ENVELOPE_FIELD, refusal(GOOD.replace("text/plain", "")));
  }

  @Test
  void envelopeCannotBeMadeWithoutSignatures() {
    ProblemException e =
        assertThrows(
            ProblemException.class, () -> Envelope.of("t", new byte[1], Collections.emptyList()));
    assertEquals(ImageError.ENVELOPE_UNSIGNED, e.problem().code());
  }

  @Test
  void signedDeltaIsRejected() {
    String type = Kind.DELTA.payloadType();
    assertEquals(ImageError.ENVELOPE_FIELD, refusal(GOOD.replace("text/plain", type)));
    assertEquals(0, Envelope.of(type, new byte[1], List.of()).signatures().size());
  }

  private static Envelope parse(String text) {
    return Envelope.parse("envelope", text.getBytes(StandardCharsets.UTF_8));
  }

  private static ErrorCode refusal(String text) {
    return assertThrows(ProblemException.class, () -> parse(text)).problem().code();
  }
}
