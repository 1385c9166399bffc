package org.m4fw.checkpoint;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.m4fw.checkpoint.SafetensorsBytes.document;
import static org.m4fw.checkpoint.SafetensorsBytes.read;
import static org.m4fw.checkpoint.SafetensorsBytes.refused;
import static org.m4fw.checkpoint.SafetensorsBytes.withLength;

import java.lang.foreign.ValueLayout;
import java.util.List;
import org.junit.jupiter.api.Test;

class SafetensorsReaderTest {
  private static final String TWO_BYTES =
      "{\"a\":{\"dtype\":\"U8\",\"shape\":[2],\"data_offsets\":[0,2]}}";

  private static String tensor(String name, String shape, long begin, long end) {
    return "\"%s\":{\"dtype\":\"F32\",\"shape\":%s,\"data_offsets\":[%d,%d]}"
        .formatted(name, shape, begin, end);
  }

  @Test
  void tensorsMetadataAndExtentsAreRead() {
    String header =
        "{\"__metadata__\":{\"format\":\"pt\"},\"b\":{\"dtype\":\"I8\",\"shape\":[3],\"data_offsets\":[0,3]},"
            + tensor("a", "[2,1]", 3, 11)
            + "}   ";
    byte[] document = document(header, 11);
    document[document.length - 1] = 0x40;
    SafetensorsReader.Content content = read(document);
    assertEquals("pt", content.metadata().get("format"));
    assertEquals(List.of("a", "b"), List.copyOf(content.tensors().keySet()));
    Tensor a = SafetensorsBytes.tensor(content, "a");
    assertEquals(Shape.of(2, 1), a.shape());
    assertEquals(8 + header.length() + 3, a.extent().offset());
    assertEquals(2f, a.data().get(ValueLayout.JAVA_FLOAT_UNALIGNED, 4));
  }

  @Test
  void emptyTensorsAndScalarsAreRead() {
    byte[] document =
        document("{" + tensor("none", "[0,7]", 0, 0) + "," + tensor("one", "[]", 0, 4) + "}", 4);
    assertEquals(0, SafetensorsBytes.tensor(read(document), "none").byteSize());
    assertEquals(1, SafetensorsBytes.tensor(read(document), "one").shape().count());
  }

  @Test
  void fileWithoutTensorsIsRead() {
    assertTrue(read(document("{}", 0)).tensors().isEmpty());
  }

  @Test
  void fileTooShortForAHeaderIsRejected() {
    refused(SafetensorsError.TOO_SHORT, "", new byte[9]);
  }

  @Test
  void headerLengthOfZeroIsRejected() {
    refused(SafetensorsError.HEADER_LENGTH, "", withLength(0, document(TWO_BYTES, 2)));
  }

  @Test
  void headerLengthAboveTheLimitIsRejected() {
    refused(SafetensorsError.HEADER_LENGTH, "", withLength(100_000_001, document(TWO_BYTES, 2)));
  }

  @Test
  void headerLengthThatIsNegativeAsSignedNumberIsRejected() {
    refused(SafetensorsError.HEADER_LENGTH, "", withLength(-1, document(TWO_BYTES, 2)));
  }

  @Test
  void truncatedHeaderIsRejected() {
    refused(
        SafetensorsError.HEADER_PAST_END,
        "",
        withLength(TWO_BYTES.length() + 3, document(TWO_BYTES, 2)));
  }

  @Test
  void headerThatIsNoObjectIsRejected() {
    refused(SafetensorsError.HEADER_START, "", document(" " + TWO_BYTES, 2));
  }

  @Test
  void headerWithBrokenJsonIsRejected() {
    refused(SafetensorsError.HEADER_JSON, "header character 1", document("{]", 2));
  }

  @Test
  void headerWithInvalidUtf8IsRejected() {
    byte[] document = document(TWO_BYTES, 2);
    document[10] = (byte) 0xff;
    assertTrue(refused(SafetensorsError.HEADER_JSON, "", document).message().contains("not UTF-8"));
  }

  @Test
  void textAfterTheHeaderDocumentIsRejected() {
    refused(SafetensorsError.HEADER_JSON, "", document(TWO_BYTES + "{}", 2));
  }

  @Test
  void deeplyNestedHeaderIsRejected() {
    refused(SafetensorsError.HEADER_FIELD, "a", document("{\"a\":" + "[".repeat(100_000), 0));
  }

  @Test
  void tensorThatIsNoObjectIsRejected() {
    refused(SafetensorsError.HEADER_FIELD, "a", document("{\"a\":3}", 0));
  }

  @Test
  void metadataThatIsNoStringIsRejected() {
    refused(
        SafetensorsError.HEADER_FIELD,
        "__metadata__.step",
        document("{\"__metadata__\":{\"step\":3}}", 0));
  }

  @Test
  void metadataKeyGivenTwiceIsRejected() {
    refused(
        SafetensorsError.DUPLICATE_NAME,
        "__metadata__.x",
        document("{\"__metadata__\":{\"x\":\"1\",\"x\":\"1\"}}", 0));
  }

  @Test
  void fractionalDimensionIsRejected() {
    refused(
        SafetensorsError.HEADER_FIELD,
        "a.shape",
        document("{" + tensor("a", "[1.0]", 0, 4) + "}", 4));
  }

  @Test
  void negativeDimensionIsRejected() {
    refused(
        SafetensorsError.HEADER_FIELD,
        "a.shape",
        document("{" + tensor("a", "[-1]", 0, 4) + "}", 4));
  }

  @Test
  void dimensionBeyondLongIsRejected() {
    refused(
        SafetensorsError.HEADER_JSON,
        "header character 48",
        document("{" + tensor("a", "[9223372036854775808]", 0, 4) + "}", 4));
  }

  @Test
  void threeOffsetsAreRejected() {
    refused(
        SafetensorsError.HEADER_FIELD,
        "a.data_offsets",
        document("{\"a\":{\"dtype\":\"U8\",\"shape\":[2],\"data_offsets\":[0,1,2]}}", 2));
  }

  @Test
  void oneOffsetIsRejected() {
    refused(
        SafetensorsError.HEADER_FIELD,
        "a.data_offsets",
        document("{\"a\":{\"dtype\":\"U8\",\"shape\":[2],\"data_offsets\":[2]}}", 2));
  }

  @Test
  void moreTensorsThanTheLimitAreRejected() {
    StringBuilder header = new StringBuilder("{");
    for (int i = 0; i <= SafetensorsHeader.MAX_TENSORS; i++) {
      header.append(i == 0 ? "" : ",").append(tensor("t" + i, "[0]", 0, 0));
    }
    refused(SafetensorsError.TOO_MANY_TENSORS, "", document(header.append('}').toString(), 0));
  }

  @Test
  void tensorGivenTwiceIsRejected() {
    refused(
        SafetensorsError.DUPLICATE_NAME,
        "a",
        document("{" + tensor("a", "[1]", 0, 4) + "," + tensor("a", "[1]", 4, 8) + "}", 8));
  }

  @Test
  void fieldGivenTwiceIsRejected() {
    refused(
        SafetensorsError.DUPLICATE_NAME,
        "a.dtype",
        document(
            "{\"a\":{\"dtype\":\"U8\",\"dtype\":\"U8\",\"shape\":[2],\"data_offsets\":[0,2]}}", 2));
  }

  @Test
  void missingDtypeIsRejected() {
    refused(
        SafetensorsError.MISSING_FIELD,
        "a",
        document("{\"a\":{\"shape\":[2],\"data_offsets\":[0,2]}}", 2));
  }

  @Test
  void unknownFieldIsRejected() {
    refused(SafetensorsError.UNKNOWN_FIELD, "a", document("{\"a\":{\"strides\":[2]}}", 2));
  }

  @Test
  void unknownDtypeIsRejectedByName() {
    assertTrue(
        refused(SafetensorsError.UNKNOWN_DTYPE, "a", document("{\"a\":{\"dtype\":\"F4\"}}", 2))
            .message()
            .contains("F4"));
  }

  @Test
  void shapeWhoseProductOverflowsIsRejected() {
    refused(
        SafetensorsError.SHAPE_OVERFLOW,
        "a",
        document("{" + tensor("a", "[4294967296,4294967296]", 0, 0) + "}", 0));
  }

  @Test
  void shapeWhoseBytesOverflowIsRejected() {
    refused(
        SafetensorsError.SHAPE_OVERFLOW,
        "a",
        document("{" + tensor("a", "[4611686018427387904]", 0, 0) + "}", 0));
  }

  @Test
  void rangeThatDoesNotFitTheShapeIsRejected() {
    assertEquals(
        "a.safetensors: a: offsets [0, 8] hold 8 bytes, shape [3] of F32 needs 12",
        refused(
                SafetensorsError.WRONG_LENGTH,
                "a",
                document("{" + tensor("a", "[3]", 0, 8) + "}", 8))
            .text());
  }

  @Test
  void reversedOffsetsAreRejected() {
    refused(
        SafetensorsError.REVERSED_OFFSETS, "a", document("{" + tensor("a", "[1]", 4, 0) + "}", 4));
  }

  @Test
  void holeBetweenTensorsIsRejected() {
    refused(
        SafetensorsError.HOLE,
        "b",
        document("{" + tensor("a", "[1]", 0, 4) + "," + tensor("b", "[1]", 8, 12) + "}", 12));
  }

  @Test
  void overlappingTensorsAreRejected() {
    refused(
        SafetensorsError.OVERLAP,
        "b",
        document("{" + tensor("a", "[2]", 0, 8) + "," + tensor("b", "[1]", 4, 8) + "}", 8));
  }

  @Test
  void truncatedDataIsRejected() {
    refused(SafetensorsError.DATA_MISSING, "", document("{" + tensor("a", "[2]", 0, 8) + "}", 7));
  }

  @Test
  void trailingDataIsRejected() {
    refused(SafetensorsError.DATA_TRAILING, "", document("{" + tensor("a", "[2]", 0, 8) + "}", 9));
  }
}
