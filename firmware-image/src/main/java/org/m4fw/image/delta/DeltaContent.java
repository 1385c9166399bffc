package org.m4fw.image.delta;

import java.util.ArrayList;
import java.util.List;
import org.m4fw.base.digest.Digest;
import org.m4fw.base.json.CanonicalJson;
import org.m4fw.base.json.Fields;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * What the manifest of a delta says as its content:
 *
 * <pre>
 * {"base":IMAGE ID,"result":IMAGE ID,"schema":"m4fw.delta/1",
 *  "sources":[{"fsv":DIGEST,"id":ID,"length":N},...]}
 * </pre>
 *
 * @param base the image that it was made from; any image that has the sources will do
 * @param result the image that it makes
 * @param sources the sections of the old image that are copied from
 */
record DeltaContent(Digest base, Digest result, List<Source> sources) {
  static final String SCHEMA = "m4fw.delta/1";
  private static final int MAX_SOURCES = 4096;
  private static final long MAX_LENGTH = (1L << 53) - 1;

  /** A section that is copied from; known by its digest, the id is for people. */
  record Source(String id, Digest fsv, long length) {}

  DeltaContent {
    sources = List.copyOf(sources);
  }

  JsonNode node() {
    ObjectNode node = JsonNodeFactory.instance.objectNode();
    node.put("base", base.toString()).put("result", result.toString()).put("schema", SCHEMA);
    var list = node.putArray("sources");
    for (Source source : sources) {
      list.addObject()
          .put("fsv", source.fsv().toString())
          .put("id", source.id())
          .put("length", source.length());
    }
    return CanonicalJson.node(node);
  }

  static DeltaContent parse(String file, JsonNode node) {
    Fields fields = Fields.of(file, node);
    fields.allowOnly("base", "result", "schema", "sources");
    if (!fields.string("schema").equals(SCHEMA)) {
      throw DeltaError.DELTA_FIELD.at(file, "content.schema", fields.string("schema"), SCHEMA);
    }
    List<Source> sources = new ArrayList<>();
    for (Fields source : fields.objects("sources")) {
      source.allowOnly("fsv", "id", "length");
      sources.add(
          new Source(
              source.string("id"),
              digest(file, source, "fsv"),
              source.integer("length", 1, MAX_LENGTH)));
    }
    if (sources.size() > MAX_SOURCES) {
      throw DeltaError.DELTA_FIELD.at(
          file, "content.sources", sources.size() + " sources", "at most " + MAX_SOURCES);
    }
    return new DeltaContent(digest(file, fields, "base"), digest(file, fields, "result"), sources);
  }

  private static Digest digest(String file, Fields fields, String name) {
    try {
      return Digest.parse(fields.string(name));
    } catch (IllegalArgumentException e) {
      throw DeltaError.DELTA_FIELD.at(
          file, "content: " + name, fields.string(name), "sha256: and 64 hexadecimal digits");
    }
  }
}
