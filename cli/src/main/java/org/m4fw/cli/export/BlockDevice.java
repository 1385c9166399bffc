package org.m4fw.cli.export;

import java.util.List;
import org.m4fw.base.digest.Digest;
import org.m4fw.cli.console.Json;
import org.m4fw.image.Rollback;
import org.m4fw.image.verity.HashTree;
import org.m4fw.image.verity.TreeShape;
import tools.jackson.databind.node.ObjectNode;

/**
 * What dm-verity and Android Verified Boot need to know about a file system image, as {@code
 * dm-verity.json} beside it:
 *
 * <pre>
 * {"schema": "m4fw/dm-verity/1", "image_id": DIGEST, "file", "size", "uuid",
 *  "version": 1, "hash_algorithm": "sha256", "data_block_size": 4096, "hash_block_size": 4096,
 *  "data_blocks", "salt": "", "root_digest": HEX, "tree": {"file", "size"},
 *  "avbtool": [ARGUMENT...], "veritysetup": [ARGUMENT...]}
 * </pre>
 *
 * @param file the image's name
 * @param size in bytes
 * @param treeFile the hash tree's name
 */
record BlockDevice(
    Digest imageId,
    Rollback rollback,
    String file,
    long size,
    String uuid,
    String treeFile,
    HashTree tree) {
  private static final String SCHEMA = "m4fw/dm-verity/1";

  /** The room that avbtool reserves at the end of a partition: 64 KiB of vbmeta and a footer. */
  private static final long AVB_RESERVED = (64 << 10) + TreeShape.BLOCK;

  ObjectNode json() {
    ObjectNode json = Json.object().put("schema", SCHEMA);
    json.put("image_id", imageId.toString());
    json.put("file", file).put("size", size).put("uuid", uuid);
    json.put("version", 1).put("hash_algorithm", "sha256");
    json.put("data_block_size", TreeShape.BLOCK).put("hash_block_size", TreeShape.BLOCK);
    json.put("data_blocks", size / TreeShape.BLOCK);
    json.put("salt", "").put("root_digest", root());
    json.putObject("tree").put("file", treeFile).put("size", tree.shape().length());
    avbtool().forEach(json.putArray("avbtool")::add);
    veritysetup().forEach(json.putArray("veritysetup")::add);
    return json;
  }

  String root() {
    return tree.root().hex();
  }

  /** Gives the image its hashtree descriptor; the key is the device vendor's to add. */
  private List<String> avbtool() {
    long partition = size + AVB_RESERVED;
    // avbtool reserves room for the tree of the whole partition.
    while (partition - AVB_RESERVED - TreeShape.of(partition).length() < size) {
      partition = size + AVB_RESERVED + TreeShape.of(partition).length();
    }
    return List.of(
        "avbtool",
        "add_hashtree_footer",
        "--image",
        file,
        "--partition_name",
        "m4fw",
        "--partition_size",
        Long.toString(partition),
        "--hash_algorithm",
        "sha256",
        "--salt",
        "",
        "--do_not_generate_fec",
        "--rollback_index",
        Long.toString(rollback.index()),
        "--prop",
        "org.m4fw.image_id:" + imageId.hex());
  }

  private List<String> veritysetup() {
    return List.of(
        "veritysetup",
        "open",
        file,
        "m4fw",
        treeFile,
        root(),
        "--no-superblock",
        "--format=1",
        "--hash=sha256",
        "--data-block-size=4096",
        "--hash-block-size=4096",
        "--data-blocks=" + size / TreeShape.BLOCK,
        "--salt=-");
  }
}
