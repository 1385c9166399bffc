package org.m4fw.cli.export;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.m4fw.base.bytes.MappedFile;
import org.m4fw.base.digest.Digest;
import org.m4fw.base.file.OutputDirectory;
import org.m4fw.base.file.OutputFile;
import org.m4fw.base.progress.Progress;
import org.m4fw.base.work.OrderedWork;
import org.m4fw.image.ImageFile;
import org.m4fw.image.Manifest;
import org.m4fw.image.Section;
import org.m4fw.image.verity.HashTree;
import org.m4fw.signing.evidence.DetachedCms;
import org.m4fw.signing.evidence.ModelSignature;
import org.m4fw.signing.key.KeyFiles;
import org.m4fw.signing.key.SelfSignedCertificate;
import org.m4fw.signing.key.SigningKey;
import tools.jackson.databind.node.ObjectNode;

/**
 * Writes an image in other forms into a directory, which is {@link #directory}'s until it is whole.
 */
public final class ImageExport {
  /** 1980-01-01, the first time that a ZIP file can state, as in the image's own framing. */
  private static final long FIRST_TIME = 315_532_800;

  /** The file system image. */
  public static final String FILE_SYSTEM = "content.ext4";

  private static final String HASH_TREE = "content.ext4.hashtree";

  private final ImageFile image;
  private final OutputDirectory directory;
  private final Progress progress;
  private final List<String> written = new ArrayList<>();

  public ImageExport(ImageFile image, OutputDirectory directory, Progress progress) {
    this.image = image;
    this.directory = directory;
    this.progress = progress;
  }

  /** The names of the files beside {@code content/}, in the order in which they were written. */
  public List<String> written() {
    return List.copyOf(written);
  }

  /** Unpacks sections and writes what fs-verity needs to know about them. */
  public List<ContentLayout.Placed> unpack(List<Section> sections) {
    List<ContentLayout.Placed> placed = ContentLayout.write(image, sections, directory, progress);
    write("fs-verity.json", pretty(FsVerityList.json(image.imageId(), placed)));
    write("fs-verity.txt", FsVerityList.text(placed));
    return placed;
  }

  /**
   * Makes a file system of what was unpacked, with its hash tree.
   *
   * @return its root digest
   * @throws org.m4fw.base.problem.ProblemException with an {@link ExportError} if e2fsprogs is
   *     missing or fails
   */
  public Digest fileSystem() {
    Manifest manifest = image.manifest();
    long seconds = Math.max(FIRST_TIME, manifest.created().orElse(FIRST_TIME));
    Ext4Image ext4 = new Ext4Image(image.imageId(), seconds);
    Path file = directory.path().resolve(FILE_SYSTEM);
    ext4.write(directory.path().resolve(ContentLayout.CONTENT), file);
    written.add(FILE_SYSTEM);
    try (MappedFile data = MappedFile.open(file);
        OutputFile tree = OutputFile.create(directory.path().resolve(HASH_TREE))) {
      HashTree made = HashTree.write(data.segment(), tree, OrderedWork.onAllCores());
      tree.commit();
      written.add(HASH_TREE);
      BlockDevice device =
          new BlockDevice(
              image.imageId(),
              manifest.rollback(),
              FILE_SYSTEM,
              data.size(),
              ext4.uuid(),
              HASH_TREE,
              made);
      write("dm-verity.json", pretty(device.json()));
      return made.root();
    }
  }

  /**
   * Signs the unpacked files in the form of OpenSSF Model Signing, and writes the public key.
   *
   * @param chain the DER of the key's certificates, which go in; may be empty
   */
  public void modelSignature(
      List<ContentLayout.Placed> placed, SigningKey key, List<byte[]> chain) {
    Path content = directory.path().resolve(ContentLayout.CONTENT);
    SortedMap<String, Digest> files = new TreeMap<>();
    placed.forEach(file -> files.put(file.path(), digest(content.resolve(file.path()))));
    files.put(ContentLayout.ENVELOPE, digest(content.resolve(ContentLayout.ENVELOPE)));
    write("model.sig", ModelSignature.bundle(ContentLayout.CONTENT, files, key, chain));
    write("model.pub.pem", KeyFiles.pem(key.verificationKey()));
  }

  private static Digest digest(Path file) {
    try (MappedFile mapped = MappedFile.open(file)) {
      return Digest.of(mapped.segment());
    }
  }

  /**
   * Signs the manifest in a detached CMS, for update systems that know no other signatures.
   *
   * @param chain the DER of the key's certificates; if empty, the key gives itself one
   */
  public void cms(SigningKey key, List<byte[]> chain) {
    byte[] payload = image.envelope().payload();
    List<byte[]> certificates =
        chain.isEmpty()
            ? List.of(SelfSignedCertificate.of(image.manifest().product(), key))
            : chain;
    write("manifest.json", payload);
    write("manifest.cms", DetachedCms.sign(payload, certificates, key));
    write("certificate.pem", KeyFiles.certificatePem(certificates.getFirst()));
  }

  private void write(String name, byte[] bytes) {
    OutputFile.write(directory.path().resolve(name), bytes);
    written.add(name);
  }

  private static byte[] pretty(ObjectNode json) {
    return (json.toPrettyString() + "\n").getBytes(StandardCharsets.UTF_8);
  }
}
