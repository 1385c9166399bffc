package org.m4fw.cli.export;

import java.nio.charset.StandardCharsets;
import java.util.List;
import org.m4fw.base.digest.Digest;
import org.m4fw.cli.console.Json;
import tools.jackson.databind.node.ObjectNode;

/**
 * What fs-verity needs to know about the files of a {@link ContentLayout}: {@code fs-verity.json},
 * and {@code fs-verity.txt} as {@code fsverity digest} prints it, with the commands that switch it
 * on. The digests are those of the signed manifest.
 *
 * <pre>
 * {"schema": "m4fw/fs-verity/1", "image_id": DIGEST,
 *  "hash_algorithm": "sha256", "block_size": 4096, "salt": "",
 *  "files": [{"path", "size", "digest": DIGEST, "enable": [ARGUMENT...]}]}
 * </pre>
 */
public final class FsVerityList {
  private static final String SCHEMA = "m4fw/fs-verity/1";

  private FsVerityList() {}

  /** The document. */
  public static ObjectNode json(Digest imageId, List<ContentLayout.Placed> files) {
    ObjectNode json = Json.object().put("schema", SCHEMA);
    json.put("image_id", imageId.toString());
    json.put("hash_algorithm", "sha256").put("block_size", 4096).put("salt", "");
    var list = json.putArray("files");
    for (ContentLayout.Placed file : files) {
      ObjectNode entry = list.addObject().put("path", ContentLayout.CONTENT + "/" + file.path());
      entry.put("size", file.section().length());
      entry.put("digest", file.section().fsv().toString());
      arguments(file).forEach(entry.putArray("enable")::add);
    }
    return json;
  }

  /** The same for people and shells. */
  public static byte[] text(List<ContentLayout.Placed> files) {
    StringBuilder text = new StringBuilder();
    files.forEach(
        file ->
            text.append(
                "%s %s/%s\n".formatted(file.section().fsv(), ContentLayout.CONTENT, file.path())));
    text.append("\n# On the device, on a file system with fs-verity:\n");
    files.forEach(file -> text.append(String.join(" ", arguments(file))).append('\n'));
    return text.toString().getBytes(StandardCharsets.UTF_8);
  }

  private static List<String> arguments(ContentLayout.Placed file) {
    return List.of(
        "fsverity",
        "enable",
        ContentLayout.CONTENT + "/" + file.path(),
        "--hash-alg=sha256",
        "--block-size=4096");
  }
}
