package org.m4fw.cli.command;

import org.m4fw.base.problem.Category;
import org.m4fw.base.problem.ErrorCode;

/** Options that are well formed and still ask for something impossible. */
enum CommandError implements ErrorCode {
  OUT_OF_RANGE("found %s, expected %s", "correct the option"),
  NOT_OURS(
      "holds files that this command did not write",
      "choose a directory that is empty or does not exist yet"),
  NO_INTERFACE(
      "offers no interface to adapters", "give an image, a checkpoint or an .m4if.json file"),
  SEVERAL_INTERFACES("offers several interfaces: %s", "choose one with --interface"),
  NO_SUCH_INTERFACE("offers no interface '%s'; there are %s", "choose one of these"),
  NO_SUCH_PART("takes no adapter; there are: %s", "choose one of these"),
  PART_NEEDED("these graphs take it: %s", "choose one with --part"),
  NO_SUCH_TARGET("there is nothing for this target; there are %s", "name one of these"),
  NO_SUCH_SECTION("there is no such section; there are %s", "'m4fw image list' lists them"),
  GRAPH_AND_WEIGHTS(
      "is an ONNX file, whose graph no quantized checkpoint could hold",
      "give 'm4fw compile --scheme', or a recipe's \"scheme\", which quantize it for a target"),
  TWO_COMPONENTS("several components have graphs for it: %s", "choose one with --component"),
  BAD_SIZES(
      "found '%s', expected AXIS=N",
      "for example --sizes sequence_length=64,past_sequence_length=0"),
  BAD_OVERRIDE("found '%s', expected WEIGHT=SCHEME", "for example --override lm_head=int8"),
  NOTHING_MEASURED(
      "is about what is measured, and with --ranges nothing is", "leave one of them out"),
  BAD_ASSIGNMENT("found '%s', expected %s", "correct the option; --help shows examples"),
  PASSPHRASE_FOR_NEW(
      "the old private keys are encrypted, and nothing says how to encrypt the new ones",
      "give the passphrase with --passphrase-file or --passphrase-env; it is that of the new keys,"
          + " too"),
  POLICY_DECIDES("cannot be given together with --policy", "allow it in the policy's file"),
  LAZY_RUN("runs what --lazy leaves to be checked", "leave one of them out"),
  FILE_EXISTS("is there already", "choose another name, or remove it"),
  ARGUMENT_MISSING("is missing", "give it; --help shows examples"),
  OUT_IS_MODEL("is the model itself", "choose another directory"),
  SCALES_UNUSED(
      "%s finds scales by what layers compute", "leave --scales out, or use --method rtn"),
  SWEEP_TRIES_ALL("is what --sweep tries", "leave it out"),
  RECIPE_OR_PAPER(
      "found both a recipe and --paper, or neither",
      "name a recipe to estimate its paths, or give --paper for the tables of the paper"),
  UNKNOWN_CODE("there is no such code; there are %s", "give one of these"),
  NO_KNOWN_ANSWERS("holds no known answers", "make them with 'm4fw adapter bind'"),
  ONE_PACKAGE("is about one package, and this is a directory of them", "name one of the packages"),
  NO_ADAPTER_FILE(
      "virtual tokens are no matrices, and no .onnx_adapter file holds them",
      "give the package itself to what runs the graphs"),
  NOT_A_PACKAGE("is no adapter package", "make one with 'm4fw adapter pack'"),
  TASK_OR_TENSORS(
      "found both --task and --tensors, or neither",
      "give --task to ask an image, or --tensors and --out to run a model on tensors"),
  IMAGE_OR_PAYLOAD(
      "found both an image and --payload, or neither",
      "give IMAGE to sign it or to write what is to be signed, or --payload FILE to sign that"),
  KEY_UNUSED("is of no use with --detached, which signs nothing", "leave it out"),
  NO_ANCHORS(
      "is about certificates, and there is nothing to hold them against",
      "name the authorities' own certificates with --anchors, or leave it out"),
  REQUEST_OR_CHECK(
      "found both --request and --check, or neither",
      "give --request FILE to ask, or --check FILE with --authority to check the answer"),
  HELPER_AND_KEYS(
      "and --public are given together or not at all",
      "give the program and the public keys that it signs with"),
  ROOT_MISSING(
      "what it says counts only if its signature does", "give --root, or --allow-development"),
  IMAGE_MISSING("is about images, and the base is none", "give the image"),
  STATEMENT_ABOUT_WHAT("is about an adapter package", "give the package with --adapter"),
  PROMPT_OR_REQUESTS(
      "found both --prompt and --requests, or neither",
      "give --prompt to continue one text, or --requests to continue many"),
  ADAPTER_OF_REQUEST(
      "each request names its own", "give \"adapter\" in the requests, or one --prompt"),
  TOKENS_OR_DATA(
      "found both --tokens and --data, or neither",
      "give --tokens to measure predictions, or --data to measure answers"),
  EFFECT_OF_WHAT("the effect of an adapter is asked for", "give both --adapter and --reference"),
  OF_TOKENS("is for --tokens", "leave it out"),
  OUT_NEEDED("is missing; %s is made", "say where it goes"),
  NOT_OF_A_TASK("is of no use here", "leave it out"),
  ONLY_OF_A_TASK("is for tasks, and no --task is given", "leave it out, or name a task"),
  NO_SUCH_VARIABLE("there is no such environment variable", "set it, or name another");

  private final String template;
  private final String hint;

  CommandError(String template, String hint) {
    this.template = template;
    this.hint = hint;
  }

  @Override
  public String template() {
    return template;
  }

  @Override
  public String hint() {
    return hint;
  }

  @Override
  public Category category() {
    return Category.USAGE;
  }
}
