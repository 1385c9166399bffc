package org.m4fw.checkpoint.torch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.m4fw.checkpoint.torch.TorchBytes.archive;
import static org.m4fw.checkpoint.torch.TorchBytes.read;
import static org.m4fw.checkpoint.torch.TorchBytes.refused;

import java.util.List;
import java.util.SortedMap;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.m4fw.base.problem.Problem;

/** Pickles that do, or want to do, more than describe a state dict. */
class UnpicklerTest {

  /** Refused, with {@code evil} beside a good tensor. */
  private static Problem refusedBeside(TorchError code, UnaryOperator<Pickle> evil) {
    Pickle pickle = Pickle.begin().op('}').text("weight").matrix("0", 2, 3).op('s').text("x");
    return refused(code, archive(evil.apply(pickle).op('s').end(), 24));
  }

  private static SortedMap<String, StoredTensor> readBeside(UnaryOperator<Pickle> harmless) {
    Pickle pickle = Pickle.begin().op('}').text("weight").matrix("0", 2, 3).op('s').text("x");
    return read(archive(harmless.apply(pickle).op('s').end(), 24));
  }

  private static void keepsWeight(UnaryOperator<Pickle> harmless) {
    assertEquals(List.of("weight"), List.copyOf(readBeside(harmless).keySet()));
  }

  @Test
  void callOfTheSystemIsRejectedByName() {
    Problem problem =
        refusedBeside(
            TorchError.GLOBAL_REFUSED,
            pickle -> pickle.global("os", "system").text("true").op(0x85, 'R'));
    assertTrue(problem.message().contains("os.system"), problem.message());
    assertTrue(problem.item().startsWith("m/data.pkl, byte "), problem.item());
  }

  @Test
  void globalThatIsNamedButNotCalledIsRejected() {
    refusedBeside(TorchError.GLOBAL_REFUSED, pickle -> pickle.global("posix", "system"));
  }

  @Test
  void globalFromTheStackIsRejectedByName() {
    Problem problem =
        refusedBeside(
            TorchError.GLOBAL_REFUSED, pickle -> pickle.text("os").text("system").op(0x93));
    assertTrue(problem.message().contains("os.system"), problem.message());
  }

  @ParameterizedTest
  @CsvSource({
    "builtins, eval",
    "builtins, getattr",
    "torch, load",
    "torch.storage, _load_from_bytes",
    "torch._utils, _rebuild_sparse_tensor",
    "torch, QInt8Storage",
    "torch, complex64",
    "torch._tensor, _rebuild_from_type_v2",
    "numpy.core.multiarray, scalar",
    "collections, OrderedDict.fromkeys",
    "collections.OrderedDict, __init__",
  })
  void globalOutsideTheListIsRejected(String module, String name) {
    refusedBeside(TorchError.GLOBAL_REFUSED, pickle -> pickle.global(module, name));
  }

  @Test
  void nameWithTheNameOfAKnownOneInTwoPartsIsTheSame() {
    keepsWeight(pickle -> pickle.global("torch", "_utils._rebuild_tensor_v2"));
  }

  @ParameterizedTest
  @CsvSource({
    "0x82, EXT1",
    "0x83, EXT2",
    "0x84, EXT4",
    "0x69, INST",
    "0x6f, OBJ",
    "0x92, NEWOBJ_EX",
    "0x50, PERSID",
    "0x32, DUP",
    "0x97, NEXT_BUFFER",
    "0x49, INT",
    "0xff, 0xff"
  })
  void opcodeThatTorchDoesNotUseIsRejectedByName(String opcode, String name) {
    Problem problem =
        refusedBeside(
            TorchError.OPCODE_REFUSED, pickle -> pickle.op(Integer.decode(opcode), 1, 0, 0, 0));
    assertTrue(problem.message().contains(name), problem.message());
  }

  @Test
  void storageClassCannotBeCalled() {
    refusedBeside(
        TorchError.PICKLE_STACK, pickle -> pickle.global("torch", "FloatStorage").op(')', 'R'));
  }

  @Test
  void stringLongerThanTheLimitIsRejected() {
    refusedBeside(
        TorchError.PICKLE_LIMIT, pickle -> pickle.text("a".repeat(PickleBytes.MAX_TEXT + 1)));
  }

  @Test
  void stringOfGigabytesIsRejectedBeforeItIsMade() {
    refusedBeside(TorchError.PICKLE_LIMIT, pickle -> pickle.op('X').u32(0xffff_ffffL));
  }

  @Test
  void stringOfMoreBytesThanALongIsRejected() {
    refusedBeside(TorchError.PICKLE_LIMIT, pickle -> pickle.op(0x8d).u64(-1));
  }

  @Test
  void bytesOfMoreThanALongAreRejected() {
    refusedBeside(TorchError.PICKLE_END, pickle -> pickle.op(0x8e).u64(-1));
  }

  @Test
  void stringPastTheEndIsRejected() {
    refusedBeside(TorchError.PICKLE_END, pickle -> pickle.op('X').u32(4000).op('a'));
  }

  @Test
  void stringThatIsNotUtf8IsRejected() {
    refusedBeside(TorchError.PICKLE_TEXT, pickle -> pickle.op(0x8c, 1, 0xff));
  }

  @Test
  void integerLongerThanTheLimitIsRejected() {
    refusedBeside(TorchError.PICKLE_LIMIT, pickle -> pickle.op(0x8b).u32(256));
  }

  @Test
  void integerOfNegativeLengthIsRejected() {
    refusedBeside(TorchError.PICKLE_LIMIT, pickle -> pickle.op(0x8b).u32(-1));
  }

  @Test
  void nameWithoutEndIsRejected() {
    refusedBeside(TorchError.PICKLE_LIMIT, pickle -> pickle.ops("c" + "a".repeat(2000)));
  }

  @Test
  void marksWithoutEndAreRejected() {
    refusedBeside(TorchError.PICKLE_LIMIT, pickle -> pickle.ops("(".repeat(2000)));
  }

  @Test
  void stackWithoutEndIsRejected() {
    refusedBeside(
        TorchError.PICKLE_LIMIT, pickle -> pickle.ops("N".repeat(PickleStack.MAX_STACK + 1)));
  }

  @Test
  void opcodesWithoutEndAreRejected() {
    refusedBeside(
        TorchError.PICKLE_LIMIT, pickle -> pickle.ops("N0".repeat(Unpickler.MAX_STEPS / 2)));
  }

  @Test
  void memoNumberThatWasNeverWrittenIsRejected() {
    refusedBeside(TorchError.PICKLE_MEMO, pickle -> pickle.op('j').u32(0xffff_ffffL));
  }

  @Test
  void memoNumbersFarApartTakeNoMemory() {
    keepsWeight(pickle -> pickle.op('N', 'r').u32(0xffff_fff0L).op('0', 'j').u32(0xffff_fff0L));
  }

  @Test
  void emptyStackIsRejected() {
    refused(TorchError.PICKLE_STACK, archive(Pickle.begin().op('0').end()));
  }

  @Test
  void valueBelowTheMarkIsOutOfReach() {
    refused(TorchError.PICKLE_STACK, archive(Pickle.begin().op('}', '(', 'N', 's').end()));
  }

  @Test
  void markThatIsMissingIsRejected() {
    refused(TorchError.PICKLE_STACK, archive(Pickle.begin().op('}', 'u').end()));
  }

  @Test
  void keyWithoutValueIsRejected() {
    refused(TorchError.PICKLE_STACK, archive(Pickle.begin().op('}', '(', 'N', 'u').end()));
  }

  @Test
  void tupleIsNotAppendedTo() {
    refused(TorchError.PICKLE_STACK, archive(Pickle.begin().op(')', 'N', 'a').end()));
  }

  @Test
  void unknownProtocolIsRejected() {
    refused(TorchError.PICKLE_PROTOCOL, archive(new Pickle().op(0x80, 6, 'N').end()));
  }

  @Test
  void pickleThatEndsEarlyIsRejected() {
    refused(TorchError.PICKLE_END, archive(new byte[] {(byte) 0x80, 2, '}'}));
  }

  @Test
  void secondPickleBehindTheFirstIsRejected() {
    byte[] pickle = Pickle.begin().op('}', '.', 'N').end();
    refused(TorchError.PICKLE_TRAILING, archive(pickle));
  }

  @Test
  void listThatHoldsItselfDoesNoHarm() {
    keepsWeight(pickle -> pickle.op(']', 'q', 9, 'h', 9, 'a'));
  }

  @Test
  void dictionaryThatHoldsItselfIsRejectedWhereItIsLookedInto() {
    Pickle pickle = Pickle.begin().op('}').text("model").op('}', 'q', 9).text("again");
    byte[] cycle = pickle.op('h', 9, 's', 's').end();
    refused(TorchError.NESTED, archive(cycle));
  }

  @Test
  void dictionariesThatMultiplyAreRejected() {
    Pickle pickle = Pickle.begin().op('}').text("w").op('N', 's', 'q', 0);
    for (int level = 1; level <= 8; level++) {
      pickle.op('}');
      for (int i = 0; i < 10; i++) {
        pickle.text("k" + i).op('h', level - 1, 's');
      }
      pickle.op('q', level);
    }
    byte[] bomb = pickle.op('}').text("model").op('h', 8, 's').end();
    refused(TorchError.NESTED, archive(bomb));
  }

  @Test
  void trainingArgumentsAreSkippedUnseen() {
    keepsWeight(
        pickle ->
            pickle
                .global("argparse", "Namespace")
                .op(')', 0x81, '}')
                .text("lr")
                .op('G')
                .u64(0)
                .op('s', 'b'));
  }

  @Test
  void attributesOfADictionaryAreSkipped() {
    keepsWeight(pickle -> pickle.emptyOrderedDict().op('}').text("_metadata").op('N', 's', 'b'));
  }

  @Test
  void harmlessValuesOfEveryKindAreSkipped() {
    keepsWeight(
        pickle -> {
          pickle.op('(', 'N', 0x88, 0x89, 'K', 1, 'M', 1, 1, 'J').u32(-1).whole(7);
          pickle.op('G').u64(0).op(0x8c, 1, 'a', 'U', 1, 'b').text("c").op('C', 1, 0);
          pickle.op(']', 'N', 'a', ')', 0x8f, '(', 'N', 0x90, '(', 'N', 0x91, '(', 'N', 'l');
          pickle.op('(', 'N', 'N', 'd', 'N', 0x85, 'N', 'N', 0x86, 'N', 'N', 'N', 0x87);
          pickle.global("torch", "float16");
          pickle.global("torch", "device").text("cpu").op(0x85, 'R');
          pickle.global("torch", "Size").tuple(1, 2).op(0x85, 'R');
          pickle.op('(', '0', '(', 'N', '1');
          return pickle.op('t', 0x94);
        });
  }

  @Test
  void orderedDictionaryOfPairsIsRead() {
    Pickle pickle = Pickle.begin().global("collections", "OrderedDict").op(']', ']');
    byte[] saved = pickle.text("weight").op('a').matrix("0", 2, 3).op('a', 'a', 0x85, 'R').end();
    assertEquals(List.of("weight"), List.copyOf(read(archive(saved, 24)).keySet()));
  }

  @Test
  void oneListMadeIntoManyDictionariesIsRejected() {
    Problem problem =
        refusedBeside(
            TorchError.PICKLE_LIMIT,
            pickle -> {
              pickle.op(']', 0x94, '(');
              for (int i = 0; i < 3000; i++) {
                pickle.op('N', 'N', 0x86);
              }
              pickle.op('e', '0');
              for (int i = 0; i < 700; i++) {
                pickle.global("collections", "OrderedDict").op('h', 0, 0x85, 'R', '0');
              }
              return pickle.op('N');
            });
    assertTrue(problem.message().contains("dictionary entries"), problem.message());
  }

  @Test
  void wrongArgumentsAreRejected() {
    refusedBeside(
        TorchError.PICKLE_ARGUMENTS,
        pickle -> pickle.global("torch._utils", "_rebuild_tensor_v2").op('N', 0x85, 'R'));
    refusedBeside(
        TorchError.PICKLE_ARGUMENTS,
        pickle -> pickle.global("torch._utils", "_rebuild_parameter").op('N', 'N', 'N', 0x87, 'R'));
  }

  @Test
  void persistentIdOfAnotherKindIsRejected() {
    refusedBeside(
        TorchError.PICKLE_ARGUMENTS,
        pickle -> pickle.op('(').text("module").op('N', 'N', 'N', 'N', 't', 'Q'));
  }
}
