package org.m4fw.cli.command;

import java.util.List;
import java.util.Optional;

/**
 * The names of all commands and what they do in a few words. Only the class of the command that is
 * called gets loaded, which is what keeps the start fast.
 */
public final class CommandIndex {
  /**
   * A command.
   *
   * @param name as it is typed, with its group: {@code adapter pack}
   * @param arguments in short, for the overview
   */
  public record Entry(String name, String arguments, String summary) {
    /** The first word of a command that has two. */
    public Optional<String> group() {
      int space = name.indexOf(' ');
      return space < 0 ? Optional.empty() : Optional.of(name.substring(0, space));
    }
  }

  /** In the order in which a newcomer wants them. */
  public static final List<Entry> ENTRIES =
      List.of(
          new Entry("build", "RECIPE", "make a signed firmware image from a recipe"),
          new Entry("pull", "REPO[@REV]", "download a model from a hub"),
          new Entry("inspect", "PATH", "say what a file or directory is and holds"),
          new Entry("synth", "--out DIR", "write checkpoints with random weights"),
          new Entry("quantize", "MODEL", "write a quantized checkpoint and its quality report"),
          new Entry("compile", "MODEL", "write the graphs for the targets"),
          new Entry("run", "MODEL|IMAGE", "ask an image, or run a model on tensors"),
          new Entry("generate", "MODEL|IMAGE", "continue a text"),
          new Entry("compare", "A B", "compare the tensors of two safetensors files"),
          new Entry("eval", "MODEL|IMAGE", "measure perplexity, or how good answers are"),
          new Entry(
              "adapter init", "[--task ID]", "write the task section of a package to complete"),
          new Entry("adapter pack", "DIR", "make an adapter package"),
          new Entry("adapter bind", "PACKAGE", "run a package on an image and record its answers"),
          new Entry("adapter carry", "PACKAGE", "carry a package over to the next base"),
          new Entry("adapter export", "PACKAGE", "write an adapter for PEFT or ONNX Runtime"),
          new Entry("adapter inspect", "ADAPTER", "say what an adapter holds"),
          new Entry("adapter check", "ADAPTER BASE", "say whether an adapter fits a base"),
          new Entry("adapter verdict", "PACKAGE", "sign what a vendor says about a package"),
          new Entry("adapter interface", "BASE", "say what a base offers to adapters, and compare"),
          new Entry("image list", "IMAGE", "list the sections of an image"),
          new Entry("image extract", "IMAGE", "unpack sections of an image"),
          new Entry("image diff", "A B", "compare two images"),
          new Entry(
              "image attach-signature", "IMAGE SIGS", "put signatures in that were made apart"),
          new Entry("image export", "IMAGE", "write an image in forms that other systems take"),
          new Entry("image delta", "OLD NEW", "write what makes one image from another"),
          new Entry("image apply", "OLD DELTA", "make the new image from the old one"),
          new Entry("image plan", "IMAGE", "say which bytes a device has to fetch"),
          new Entry("image install", "IMAGE|DELTA", "install an image into a slot of a device"),
          new Entry("image boot", "--slots DIR", "start what a device has installed"),
          new Entry("image mark-good", "--slots DIR", "keep the image that was started"),
          new Entry("image fall-back", "--slots DIR", "go back to the image before"),
          new Entry("image slots", "--slots DIR", "say what a device has installed"),
          new Entry("image timestamp", "IMAGE", "ask for or check an RFC 3161 timestamp"),
          new Entry("keys new", "--out DIR", "make a release identity and its trust root"),
          new Entry("keys show", "PATH", "say what a key file or trust root holds"),
          new Entry("keys rotate", "OLD --out DIR", "replace an identity and pass the trust on"),
          new Entry("keys lineage", "--key OLD --next NEW", "hand over from a developer's keys"),
          new Entry("root new", "--out FILE", "draft the first trust root of a chain"),
          new Entry("root change", "PREVIOUS", "draft the trust root that follows another"),
          new Entry("root sign", "ROOT", "sign a trust root"),
          new Entry("revoke", "[LIST]", "sign a list of what is trusted no more"),
          new Entry("keys device", "ROOT", "print the keys that a device's verifier needs"),
          new Entry("sign", "IMAGE", "sign an image again"),
          new Entry("verify", "IMAGE", "check an image against a trust root"),
          new Entry("estimate", "RECIPE", "say how long paths take on devices, and what they need"),
          new Entry("targets", "[TARGET]", "list the known devices, or describe one"),
          new Entry("cache", "", "say how large the cache is, and remove what nobody uses"));

  private CommandIndex() {}

  /** A new command of this name, which has to be one of {@link #ENTRIES}. */
  public static Command create(String name) {
    return switch (name) {
      case "build" -> new BuildCommand();
      case "pull" -> new PullCommand();
      case "quantize" -> new QuantizeCommand();
      case "compile" -> new CompileCommand();
      case "adapter pack" -> new AdapterPackCommand();
      case "adapter inspect" -> new AdapterInspectCommand();
      case "adapter check" -> new AdapterCheckCommand();
      case "adapter verdict" -> new AdapterVerdictCommand();
      case "adapter bind" -> new AdapterBindCommand();
      case "adapter carry" -> new AdapterCarryCommand();
      case "adapter export" -> new AdapterExportCommand();
      case "adapter init" -> new AdapterInitCommand();
      case "adapter interface" -> new AdapterInterfaceCommand();
      case "image extract" -> new ImageExtractCommand();
      case "run" -> new RunCommand();
      case "generate" -> new GenerateCommand();
      case "eval" -> new EvalCommand();
      case "inspect" -> new InspectCommand();
      case "synth" -> new SynthCommand();
      case "image list" -> new ImageListCommand();
      case "image diff" -> new ImageDiffCommand();
      case "image timestamp" -> new ImageTimestampCommand();
      case "image export" -> new ImageExportCommand();
      case "image attach-signature" -> new ImageAttachSignatureCommand();
      case "image delta" -> new ImageDeltaCommand();
      case "image apply" -> new ImageApplyCommand();
      case "image plan" -> new ImagePlanCommand();
      case "image install" -> new ImageInstallCommand();
      case "image boot" -> new ImageBootCommand();
      case "image mark-good" -> new ImageMarkGoodCommand();
      case "image fall-back" -> new ImageFallBackCommand();
      case "image slots" -> new ImageSlotsCommand();
      case "keys new" -> new KeysNewCommand();
      case "keys show" -> new KeysShowCommand();
      case "keys rotate" -> new KeysRotateCommand();
      case "keys lineage" -> new KeysLineageCommand();
      case "root new" -> new RootNewCommand();
      case "root change" -> new RootChangeCommand();
      case "root sign" -> new RootSignCommand();
      case "revoke" -> new RevokeCommand();
      case "keys device" -> new KeysDeviceCommand();
      case "sign" -> new SignCommand();
      case "verify" -> new VerifyCommand();
      case "compare" -> new CompareCommand();
      case "estimate" -> new EstimateCommand();
      case "targets" -> new TargetsCommand();
      case "cache" -> new CacheCommand();
      default -> throw new IllegalArgumentException(name);
    };
  }

  /** The entry of that name. */
  public static Optional<Entry> find(String name) {
    return ENTRIES.stream().filter(entry -> entry.name().equals(name)).findFirst();
  }

  /** The entries of a group such as {@code adapter}; empty if there is no such group. */
  public static List<Entry> group(String name) {
    return ENTRIES.stream().filter(entry -> entry.group().equals(Optional.of(name))).toList();
  }
}
