package org.m4fw.checkpoint.torch;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.math.BigInteger;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;
import org.m4fw.checkpoint.torch.PickleValue.Constant;
import org.m4fw.checkpoint.torch.PickleValue.Entry;
import org.m4fw.checkpoint.torch.PickleValue.Items;
import org.m4fw.checkpoint.torch.PickleValue.Mapping;
import org.m4fw.checkpoint.torch.PickleValue.Sequence;
import org.m4fw.checkpoint.torch.PickleValue.Storage;
import org.m4fw.checkpoint.torch.PickleValue.Text;
import org.m4fw.checkpoint.torch.PickleValue.Whole;

/**
 * The older form of {@code torch.save}, five pickles and then the storages:
 *
 * <pre>
 * file    = magic version system object keys { storage }
 * magic   = pickle of 0x1950a86a20f9469cfc6c      version = pickle of 1001
 * system  = pickle of { "little_endian": True, … }
 * object  = pickle of what was saved              keys = pickle of [ key, … ]
 * storage = u64 count of elements, elements       in the order of the keys
 * </pre>
 *
 * Nothing is aligned.
 *
 * @param object what was saved
 * @param storages where the elements of each storage are
 */
record LegacyFile(Unpickler.Result object, SortedMap<String, Range> storages) {
  private static final BigInteger MAGIC = new BigInteger("1950a86a20f9469cfc6c", 16);
  private static final BigInteger VERSION = BigInteger.valueOf(1001);
  private static final String DOCUMENT = "pickle";
  private static final ValueLayout.OfLong U64 =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  static LegacyFile read(Path file, MemorySegment content) {
    PickleBytes in = new PickleBytes(file, DOCUMENT, content, 0);
    if (!isWhole(Unpickler.load(in).value(), MAGIC)) {
      throw TorchError.NOT_TORCH.at(file, "", "it does not start with PyTorch's magic number");
    }
    if (!isWhole(Unpickler.load(in).value(), VERSION)) {
      throw TorchError.NOT_TORCH.at(file, "", "its version is not " + VERSION);
    }
    requireLittle(file, Unpickler.load(in).value());
    Unpickler.Result object = Unpickler.load(in);
    if (!(Unpickler.load(in).value() instanceof Items keys && keys.sequence() == Sequence.LIST)) {
      throw TorchError.NOT_TORCH.at(file, "", "it has no list of storages");
    }
    return new LegacyFile(object, storages(file, content, in.position(), keys, object.storages()));
  }

  private static boolean isWhole(PickleValue value, BigInteger expected) {
    return value instanceof Whole(BigInteger whole) && whole.equals(expected);
  }

  private static void requireLittle(Path file, PickleValue system) {
    if (!(system instanceof Mapping mapping)) {
      throw TorchError.NOT_TORCH.at(file, "", "it does not describe the system that wrote it");
    }
    for (Entry entry : mapping.entries()) {
      if (entry.key() instanceof Text(String key)
          && key.equals("little_endian")
          && entry.value() != Constant.TRUE) {
        throw TorchError.BIG_ENDIAN.at(file, key);
      }
    }
  }

  private static SortedMap<String, Range> storages(
      Path file, MemorySegment content, long start, Items keys, SortedMap<String, Storage> named) {
    SortedMap<String, Range> found = new TreeMap<>();
    long at = start;
    for (PickleValue item : keys.items()) {
      String key = item instanceof Text(String text) ? text : item.kind();
      Storage storage = named.get(key);
      if (storage == null) {
        throw TorchError.STORAGE_UNKNOWN.at(file, "", key);
      }
      if (content.byteSize() - at < Long.BYTES) {
        throw TorchError.DATA_MISSING.at(file, "", key, Long.BYTES, content.byteSize() - at);
      }
      Range range = range(file, storage, content.get(U64, at), content.byteSize(), at + Long.BYTES);
      if (found.put(key, range) != null) {
        throw TorchError.ZIP_DUPLICATE.at(file, key);
      }
      at = range.end();
    }
    if (at < content.byteSize()) {
      throw TorchError.DATA_TRAILING.at(file, "", content.byteSize() - at);
    }
    return Collections.unmodifiableSortedMap(found);
  }

  private static Range range(Path file, Storage storage, long count, long size, long at) {
    long bytes = storage.elementBytes();
    if (count != storage.count() || count > Long.MAX_VALUE / bytes) {
      throw TorchError.STORAGE_LENGTH.at(
          file, "", storage.key(), count + " elements", storage.count());
    }
    if (count * bytes > size - at) {
      throw TorchError.DATA_MISSING.at(file, "", storage.key(), count * bytes, size - at);
    }
    return new Range(at, count * bytes);
  }
}
