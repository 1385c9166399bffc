package org.m4fw.checkpoint.torch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.m4fw.checkpoint.torch.TorchBytes.archive;
import static org.m4fw.checkpoint.torch.TorchBytes.legacy;
import static org.m4fw.checkpoint.torch.TorchBytes.read;
import static org.m4fw.checkpoint.torch.TorchBytes.refused;
import static org.m4fw.checkpoint.torch.TorchBytes.weight;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.SortedMap;
import org.junit.jupiter.api.Test;

/** Tensors over storages, state dicts in wrappers, and the older form. */
class TorchFileTest {
  private static final byte[] KEYS = Pickle.begin().op(']').text("0").op('a').end();

  private static byte[] storage(long count, int bytes) {
    return ByteBuffer.allocate(8 + bytes).order(ByteOrder.LITTLE_ENDIAN).putLong(count).array();
  }

  private static byte[] single(String type, long count, long offset, long[] dims, long[] strides) {
    return Pickle.begin()
        .op('}')
        .text("w")
        .tensor(type, "0", count, offset, dims, strides)
        .op('s')
        .end();
  }

  private static StoredTensor tensor(byte[] file, String name) {
    return Objects.requireNonNull(read(file).get(name), name);
  }

  private static long[] of(long... values) {
    return values;
  }

  @Test
  void scalarHasNoDimensions() {
    StoredTensor scalar = tensor(archive(single("LongStorage", 1, 0, of(), of()), 8), "w");
    assertEquals(List.of(), scalar.dims());
    assertEquals(1, scalar.count());
    assertEquals(TorchType.INT64, scalar.type());
    assertTrue(scalar.contiguous());
  }

  @Test
  void tensorWithoutElementsIsRead() {
    byte[] file = archive(single("FloatStorage", 0, 0, of(0, 4), of(4, 1)), 0);
    assertEquals(0, tensor(file, "w").byteSize());
  }

  @Test
  void tensorsShareAStorageAtOffsets() {
    Pickle pickle = Pickle.begin().op('}').text("all").matrix("0", 2, 3).op('s').text("last");
    byte[] file = archive(pickle.tensor("FloatStorage", "0", 6, 3, of(3), of(1)).op('s').end(), 24);
    assertEquals(tensor(file, "all").begin() + 12, tensor(file, "last").begin());
  }

  @Test
  void transposedMatrixIsNotContiguous() {
    byte[] file = archive(single("HalfStorage", 6, 0, of(3, 2), of(1, 3)), 12);
    assertFalse(tensor(file, "w").contiguous());
  }

  @Test
  void stridesOfSingleElementsDoNotMatter() {
    byte[] file = archive(single("HalfStorage", 6, 0, of(1, 6, 1), of(7, 1, 9)), 12);
    assertTrue(tensor(file, "w").contiguous());
  }

  @Test
  void parameterIsItsTensor() {
    Pickle pickle = Pickle.begin().op('}').text("w").global("torch._utils", "_rebuild_parameter");
    pickle.matrix("0", 2, 3).op(0x88).emptyOrderedDict().op(0x87, 'R', 's');
    assertEquals(24, tensor(archive(pickle.end(), 24), "w").byteSize());
  }

  @Test
  void untypedStorageIsReadWithTheDtypeOfTheTensor() {
    Pickle pickle = Pickle.begin().op('}').text("w").global("torch._utils", "_rebuild_tensor_v3");
    pickle.op('(', '(').text("storage").global("torch.storage", "UntypedStorage").text("0");
    pickle.text("cpu").whole(6).op('t', 'Q').whole(1).tuple(2).tuple(1).op(0x89);
    pickle.emptyOrderedDict().global("torch", "uint16").op('t', 'R', 's');
    StoredTensor tensor = tensor(archive(pickle.end(), 6), "w");
    assertEquals(TorchType.UINT16, tensor.type());
    assertEquals(4, tensor.byteSize());
  }

  @Test
  void tensorPastItsStorageIsRejected() {
    refused(TorchError.OUT_OF_STORAGE, archive(single("FloatStorage", 6, 1, of(6), of(1)), 24));
    refused(
        TorchError.OUT_OF_STORAGE, archive(single("FloatStorage", 6, 0, of(2, 3), of(4, 1)), 24));
    refused(TorchError.OUT_OF_STORAGE, archive(single("FloatStorage", 6, 7, of(0), of(1)), 24));
  }

  @Test
  void sizesWhoseProductOverflowsAreRejected() {
    long[] huge = of(1L << 40, 1L << 40);
    refused(TorchError.SHAPE, archive(single("FloatStorage", 6, 0, huge, of(0, 0)), 24));
    refused(
        TorchError.SHAPE,
        archive(single("FloatStorage", 6, 0, of(3, 2), of(Long.MAX_VALUE, 1)), 24));
    refused(TorchError.SHAPE, archive(single("FloatStorage", 6, Long.MAX_VALUE, of(2), of(1)), 24));
  }

  @Test
  void negativeSizesAreRejected() {
    refused(TorchError.PICKLE_ARGUMENTS, archive(single("FloatStorage", 6, 0, of(-2), of(1)), 24));
    refused(TorchError.PICKLE_ARGUMENTS, archive(single("FloatStorage", 6, -1, of(2), of(1)), 24));
    refused(TorchError.PICKLE_ARGUMENTS, archive(single("FloatStorage", 6, 0, of(2), of(-1)), 24));
  }

  @Test
  void moreStridesThanDimensionsAreRejected() {
    refused(TorchError.SHAPE, archive(single("FloatStorage", 6, 0, of(6), of(1, 1)), 24));
  }

  @Test
  void moreDimensionsThanTheLimitAreRejected() {
    long[] ones = new long[65];
    Arrays.fill(ones, 1);
    refused(TorchError.PICKLE_ARGUMENTS, archive(single("FloatStorage", 6, 0, ones, ones), 24));
  }

  @Test
  void storageOfTwoTypesIsRejected() {
    Pickle pickle = Pickle.begin().op('}').text("a").matrix("0", 2, 3).op('s').text("b");
    byte[] file =
        archive(pickle.tensor("HalfStorage", "0", 12, 0, of(12), of(1)).op('s').end(), 24);
    refused(TorchError.STORAGE_TYPES, file);
  }

  @Test
  void modelIsFoundBesideOtherThings() {
    Pickle pickle = Pickle.begin().op('}').text("args").global("argparse", "Namespace");
    pickle.op(')', 0x81, '}', 'b', 's').text("epoch").op('K', 3, 's').text("optimizer");
    pickle.op('}', 'K', 0).matrix("0", 2, 3).op('s', 's').text("model").op('}');
    pickle.text("module.a.weight").matrix("0", 2, 3).op('s').text("b").op('}');
    pickle.text("weight").matrix("0", 2, 3).op('s', 's', 's');
    SortedMap<String, StoredTensor> tensors = read(archive(pickle.end(), 24));
    assertEquals(Set.of("module.a.weight", "b.weight"), tensors.keySet());
  }

  @Test
  void wrapperInAWrapperIsOpened() {
    Pickle pickle = Pickle.begin().op('}').text("state_dict").op('}').text("model").op('}');
    byte[] file = archive(pickle.text("w").matrix("0", 2, 3).op('s', 's', 's').end(), 24);
    assertEquals(Set.of("w"), read(file).keySet());
  }

  @Test
  void configurationUnderTheNameOfAWrapperIsNoModel() {
    Pickle pickle = Pickle.begin().op('}').text("model").op('}').text("dim").op('K', 8, 's', 's');
    pickle.text("state_dict").op('}').text("w").matrix("0", 2, 3).op('s', 's');
    assertEquals(Set.of("w"), read(archive(pickle.end(), 24)).keySet());
  }

  @Test
  void severalModelsAreRejected() {
    Pickle pickle = Pickle.begin().op('}');
    for (String name : List.of("model", "module")) {
      pickle.text(name).op('}').text("w").matrix("0", 2, 3).op('s', 's');
    }
    refused(TorchError.SEVERAL_MODELS, archive(pickle.end(), 24));
  }

  @Test
  void nameThatIsThereTwiceIsRejected() {
    Pickle pickle = weight().text("weight").matrix("0", 2, 3).op('s');
    refused(TorchError.DUPLICATE_TENSOR, archive(pickle.end(), 24));
  }

  @Test
  void tensorWithoutANameIsRejected() {
    Pickle pickle = Pickle.begin().op('}', 'K', 1).matrix("0", 2, 3).op('s');
    refused(TorchError.KEY, archive(pickle.end(), 24));
  }

  @Test
  void lonelyTensorIsRejected() {
    refused(TorchError.NO_TENSORS, archive(Pickle.begin().matrix("0", 2, 3).end(), 24));
  }

  @Test
  void dictionaryWithoutTensorsIsRejectedWithItsKeys() {
    Pickle pickle = Pickle.begin().op('}').text("discriminator").op('}').text("w");
    byte[] file = archive(pickle.matrix("0", 2, 3).op('s', 's').end(), 24);
    assertTrue(refused(TorchError.NO_TENSORS, file).message().contains("'discriminator'"));
  }

  @Test
  void olderFormIsRead() {
    StoredTensor tensor = tensor(legacy(weight().end(), KEYS, storage(6, 24)), "weight");
    assertEquals(List.of(2L, 3L), tensor.dims());
  }

  @Test
  void everyTruncationOfTheOlderFormIsRejected() {
    byte[] file = legacy(weight().end(), KEYS, storage(6, 24));
    int pickles = file.length - 32;
    for (int length = 2; length < file.length; length++) {
      refused(
          length < pickles ? TorchError.PICKLE_END : TorchError.DATA_MISSING,
          Arrays.copyOf(file, length));
    }
  }

  @Test
  void olderFormWithTrailingBytesIsRejected() {
    refused(TorchError.DATA_TRAILING, legacy(weight().end(), KEYS, storage(6, 25)));
  }

  @Test
  void plainPickleIsRejected() {
    refused(TorchError.NOT_TORCH, weight().end());
  }

  @Test
  void olderFormWithAnotherCountIsRejected() {
    refused(TorchError.STORAGE_LENGTH, legacy(weight().end(), KEYS, storage(7, 28)));
    refused(TorchError.STORAGE_LENGTH, legacy(weight().end(), KEYS, storage(-1, 24)));
  }

  @Test
  void olderFormWithAStorageOfNobodyIsRejected() {
    byte[] keys = Pickle.begin().op(']').text("1").op('a').end();
    refused(TorchError.STORAGE_UNKNOWN, legacy(weight().end(), keys, storage(6, 24)));
  }

  @Test
  void olderFormWithoutAStorageIsRejected() {
    refused(
        TorchError.STORAGE_MISSING,
        legacy(weight().end(), Pickle.begin().op(']').end(), new byte[0]));
  }

  @Test
  void bigEndianOlderFormIsRejected() {
    byte[] file = legacy(weight().end(), KEYS, storage(6, 24));
    byte[] key = "little_endian".getBytes(java.nio.charset.StandardCharsets.US_ASCII);
    for (int at = 0; at < file.length - key.length; at++) {
      if (Arrays.equals(Arrays.copyOfRange(file, at, at + key.length), key)) {
        file[at + key.length] = (byte) 0x89;
        break;
      }
    }
    refused(TorchError.BIG_ENDIAN, file);
  }

  @Test
  void storageViewOfOldFilesIsRejected() {
    Pickle pickle = Pickle.begin().op('}').text("w").op('(').text("storage");
    pickle.global("torch", "FloatStorage").text("0").text("cpu").whole(6).tuple(1, 0, 6);
    refused(TorchError.STORAGE_VIEW, legacy(pickle.op('t', 'Q', 's').end(), KEYS, new byte[0]));
  }
}
