package org.m4fw.cli.hub;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import org.m4fw.base.problem.NearNames;
import org.m4fw.quantizer.Glob;

/**
 * Which files of a repository a model needs: in every directory the configuration, the tokenizer,
 * licence and card, and the weights in one format only, safetensors before PyTorch's, those with
 * the names of Hugging Face's libraries before others. Copies for other frameworks, half-precision
 * variants, training states and programs are left.
 *
 * @param include if there are any, the files that match one of these are taken, and no others
 * @param exclude files that match one of these are never taken
 * @param components directories, such as {@code unet}; if there are any, only these and the files
 *     of the root that are no weights
 */
public record FileChoice(List<Glob> include, List<Glob> exclude, List<String> components) {
  private static final int SHOWN = 12;
  private static final String NUMBERED = "-\\d{5}-of-\\d{5}";

  /** In the order of preference; of the first that a directory has, all files are taken. */
  private static final List<Pattern> NAMED_WEIGHTS =
      List.of(
          Pattern.compile("model\\.safetensors"),
          Pattern.compile("model" + NUMBERED + "\\.safetensors"),
          Pattern.compile("diffusion_pytorch_model\\.safetensors"),
          Pattern.compile("diffusion_pytorch_model" + NUMBERED + "\\.safetensors"),
          Pattern.compile("adapter_model\\.safetensors"),
          Pattern.compile("pytorch_model\\.bin"),
          Pattern.compile("pytorch_model" + NUMBERED + "\\.bin"),
          Pattern.compile("diffusion_pytorch_model\\.bin"),
          Pattern.compile("adapter_model\\.bin"),
          Pattern.compile("pytorch_model\\.pt"));

  private static final Pattern FREELY_NAMED =
      Pattern.compile(".+\\.(safetensors|gguf|onnx|pth|pt|ckpt|bin)");
  private static final Pattern ONNX_DATA = Pattern.compile(".+\\.onnx[._]data");

  /** What stands beside weights and is none. */
  private static final Pattern NO_MODEL =
      Pattern.compile(
          "(training_args|optimizer|scheduler|scaler|rng_state|trainer_state|random_states).*"
              + "|.+\\.(fp16|non_ema|ema|fp32)[.-].*");

  private static final Pattern COMPANION =
      Pattern.compile(
          ".+\\.(json|jinja|yaml|txt|model|spm)"
              + "|(?i)(licen[cs]e|notice|use_policy|readme|copying)(\\.(md|txt))?");

  private static final Pattern INDEX = Pattern.compile("(.+\\.(safetensors|bin))\\.index\\.json");

  /** Directories with the same model once more, or with what no component is made of. */
  private static final List<String> LEFT = List.of("original", "onnx", "safety_checker", "flax");

  /** The files, by path. */
  SortedMap<String, HubFile> of(String repository, HubListing listing) {
    SortedMap<String, HubFile> chosen =
        include.isEmpty() ? needed(repository, listing.files().values()) : new TreeMap<>();
    listing.files().values().stream()
        .filter(file -> matches(include, file.path()))
        .forEach(file -> chosen.put(file.path(), file));
    chosen.keySet().removeIf(path -> matches(exclude, path));
    for (String path : listing.unverifiable()) {
      if (matches(include, path) && !matches(exclude, path)) {
        throw HubError.NO_DIGEST.at(repository, path);
      }
    }
    if (chosen.isEmpty()) {
      throw HubError.NOTHING_CHOSEN.at(
          repository, "", listing.files().size(), NearNames.list(listing.files().keySet(), SHOWN));
    }
    return chosen;
  }

  private static boolean matches(List<Glob> globs, String path) {
    return globs.stream().anyMatch(glob -> glob.matches(path));
  }

  private SortedMap<String, HubFile> needed(String repository, Collection<HubFile> files) {
    SortedMap<String, List<HubFile>> directories = new TreeMap<>();
    for (HubFile file : files) {
      if (!matches(exclude, file.path()) && !file.path().startsWith(".")) {
        directories.computeIfAbsent(file.directory(), name -> new ArrayList<>()).add(file);
      }
    }
    SortedSet<String> tops = new TreeSet<>();
    directories.keySet().forEach(directory -> tops.add(directory.split("/", 2)[0]));
    tops.remove("");
    for (String component : components) {
      if (!tops.contains(component)) {
        throw HubError.NO_COMPONENT.at(repository, "", component, NearNames.list(tops, SHOWN));
      }
    }
    // A pipeline's parts are in directories; weights beside its index are the same once more.
    boolean pipeline =
        directories.getOrDefault("", List.of()).stream()
            .anyMatch(file -> file.name().equals("model_index.json"));
    SortedMap<String, HubFile> chosen = new TreeMap<>();
    directories.forEach(
        (directory, held) -> {
          boolean root = directory.isEmpty();
          if (!(root || wanted(directory))) {
            return;
          }
          List<HubFile> weights =
              root && (pipeline || !components.isEmpty())
                  ? List.of()
                  : weights(repository, directory, held);
          weights.forEach(file -> chosen.put(file.path(), file));
          held.stream()
              .filter(file -> isCompanion(file, weights))
              .forEach(file -> chosen.put(file.path(), file));
        });
    return chosen;
  }

  private boolean wanted(String directory) {
    String first = directory.split("/", 2)[0];
    return components.isEmpty() ? !LEFT.contains(first) : components.contains(first);
  }

  private static List<HubFile> weights(String repository, String directory, List<HubFile> held) {
    for (Pattern form : NAMED_WEIGHTS) {
      List<HubFile> found = filter(held, file -> form.matcher(file.name()).matches());
      if (!found.isEmpty()) {
        return found;
      }
    }
    List<HubFile> free =
        filter(
            held,
            file ->
                FREELY_NAMED.matcher(file.name()).matches()
                    && !NO_MODEL.matcher(file.name()).matches());
    if (free.size() > 1) {
      throw HubError.SEVERAL_WEIGHTS.at(
          repository, directory, NearNames.list(free.stream().map(HubFile::name).toList(), SHOWN));
    }
    return free.isEmpty()
        ? free
        : filter(held, file -> free.contains(file) || ONNX_DATA.matcher(file.name()).matches());
  }

  private static List<HubFile> filter(List<HubFile> files, Predicate<HubFile> wanted) {
    return files.stream().filter(wanted).toList();
  }

  /** An index belongs to the weights that were chosen, or to weights that were not. */
  private static boolean isCompanion(HubFile file, List<HubFile> weights) {
    var index = INDEX.matcher(file.name());
    if (index.matches()) {
      String suffix = "." + index.group(2);
      String stem = index.group(1).substring(0, index.group(1).length() - suffix.length());
      return weights.stream()
          .anyMatch(
              weight -> weight.name().startsWith(stem + "-") && weight.name().endsWith(suffix));
    }
    return COMPANION.matcher(file.name()).matches() && !NO_MODEL.matcher(file.name()).matches();
  }
}
