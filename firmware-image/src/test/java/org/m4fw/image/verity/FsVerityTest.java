package org.m4fw.image.verity;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.ByteArrayOutputStream;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.m4fw.base.digest.Digest;

class FsVerityTest {
  private static final int GROUP = TreeShape.BLOCK * TreeShape.FAN_OUT;

  /** The expected values are what {@code fsverity digest} of fsverity-utils 1.5 says. */
  @ParameterizedTest
  @CsvSource({
    "0, 3d248ca542a24fc62d1c43b916eae5016878e2533c88238480b26128a1f1af95",
    "1, b803429503d95915829b29fdbc8bbad142f3abfd11b1cadf5526582e685c0551",
    "4095, de19a2efdd5c31ca6d1a6cb55dd17ba214274af89d24d5d8d6aec3915045fc16",
    "4096, 5f7e65248970d05dfbcbacad48d104d9286007ce747b3a654f50dda24ea0abe3",
    "4097, 4669d8fba3734c555488a57d7c9c40e7dbe4c8d22738a3fd9e4029d9e12ac804",
    "8192, 8e050117bc97754cbfac24940db089472ceffbdf39a8ade96331494cf62e42eb",
    "524288, 9ee9ed828c1e9efa2a66cb0195e6ad6603630b874567e2aa294eb2c0b869d05e",
    "524289, fec31791b0f6f904687050e5556e61661047c5753d2d687531f1446bfe30c7b4",
    "600000, cdaa8f619155fa034061f6362643ec23dc2216e466dd6dcf1e3edf4959d5e562"
  })
  void digestIsThatOfTheKernelsTool(int length, String expected) {
    assertEquals(expected, digest(pattern(length)).hex());
  }

  @Test
  void threeLevelsOfZerosGiveTheDigestOfTheKernelsTool() {
    TreeShape shape = TreeShape.of(67_108_865);
    TreeBuilder builder = new TreeBuilder(shape, (offset, bytes) -> {});
    byte[] zeros = FsVerity.blockHashes(new byte[TreeShape.BLOCK], TreeShape.BLOCK);
    for (long block = 0; block < shape.dataBlocks(); block += TreeShape.FAN_OUT) {
      int count = (int) Math.min(TreeShape.FAN_OUT, shape.dataBlocks() - block);
      ByteArrayOutputStream hashes = new ByteArrayOutputStream();
      for (int i = 0; i < count; i++) {
        hashes.writeBytes(zeros);
      }
      builder.append(hashes.toByteArray());
    }
    assertEquals(
        "be5993679f703697692cc6ce69e480edc9721baff591795438ae8097275c0687", builder.finish().hex());
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 4096, 4097, 12_288, 524_288, 524_289, 1_048_577})
  void digestAndTreeAreThoseOfTheSlowReference(int length) {
    byte[] data = pattern(length);
    TreeShape shape = TreeShape.of(length);
    byte[] tree = new byte[(int) shape.length()];
    Digest digest = build(data, tree);
    assertEquals(SlowReference.digest(data), digest);
    assertEquals(Digest.of(SlowReference.tree(data)), Digest.of(tree));
  }

  @Test
  void eightGibibytesNeedThreeLevels() {
    TreeShape shape = TreeShape.of(8L << 30);
    assertEquals(List.of(1L, 128L, 16384L), shape.levelBlocks());
    assertEquals(2_097_152, shape.dataBlocks());
    assertEquals((16384L + 128 + 1) * 4096, shape.length());
    assertEquals(129 * 4096, shape.levelOffset(2));
    assertEquals(129 * 4096, shape.upperLength());
  }

  @Test
  void theLongestLengthOverflowsNothing() {
    assertEquals(Long.MAX_VALUE / 4096 + 1, TreeShape.of(Long.MAX_VALUE).dataBlocks());
  }

  private static Digest digest(byte[] data) {
    return build(data, new byte[(int) TreeShape.of(data.length).length()]);
  }

  private static Digest build(byte[] data, byte[] tree) {
    TreeBuilder builder =
        new TreeBuilder(
            TreeShape.of(data.length),
            (offset, part) -> System.arraycopy(part, 0, tree, (int) offset, part.length));
    for (int at = 0; at < data.length; at += GROUP) {
      byte[] group = Arrays.copyOfRange(data, at, Math.min(data.length, at + GROUP));
      builder.append(FsVerity.blockHashes(group, group.length));
    }
    return builder.finish();
  }

  private static byte[] pattern(int length) {
    byte[] bytes = new byte[length];
    for (int i = 0; i < length; i++) {
      bytes[i] = (byte) (i * 31 + (i >> 8) * 17 + (i >> 16));
    }
    return bytes;
  }
}
