package org.m4fw.checkpoint;

import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.Reader;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.m4fw.base.problem.ProblemException;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.json.JsonFactory;

/**
 * The JSON header of a safetensors file, read as a stream so that memory is bounded by the number
 * of tensors, not by what a hostile header nests:
 *
 * <pre>
 * header   = "{" [ "__metadata__": { name: string, … } ] name: tensor, … "}" spaces
 * tensor   = { "dtype": string, "shape": [ integer, … ], "data_offsets": [ begin, end ] }
 * </pre>
 *
 * Offsets count from the end of the header.
 */
record SafetensorsHeader(SortedMap<String, String> metadata, List<Entry> entries) {
  /** Well above the largest mixture-of-experts checkpoints in one file. */
  static final int MAX_TENSORS = 250_000;

  private static final int MAX_RANK = 64;

  private static final JsonFactory FACTORY =
      JsonFactory.builder()
          .streamReadConstraints(
              StreamReadConstraints.builder()
                  .maxNestingDepth(4)
                  .maxNumberLength(20)
                  .maxStringLength(16 << 20)
                  .maxNameLength(4096)
                  .build())
          .build();

  /** One tensor as the header declares it; the numbers are not yet checked against anything. */
  record Entry(String name, DType dtype, List<Long> dims, long begin, long end) {}

  /** Parses the header; {@code file} is for messages. */
  static SafetensorsHeader parse(Path file, MemorySegment header) {
    try (Reader text = reader(header);
        JsonParser parser = FACTORY.createParser(ObjectReadContext.empty(), text)) {
      return new Parse(file, parser).document();
    } catch (JacksonException e) {
      throw e.getCause() instanceof CharacterCodingException
          ? SafetensorsError.HEADER_JSON.at(file, "", "not UTF-8")
          : SafetensorsError.HEADER_JSON.at(file, where(e), firstLine(e.getOriginalMessage()));
    } catch (IOException e) {
      throw SafetensorsError.HEADER_JSON.at(file, "", firstLine(e.getMessage()));
    }
  }

  private static Reader reader(MemorySegment header) {
    ByteBuffer bytes = header.asByteBuffer();
    InputStream stream =
        new InputStream() {
          @Override
          public int read() {
            return bytes.hasRemaining() ? bytes.get() & 0xff : -1;
          }

          @Override
          public int read(byte[] into, int offset, int length) {
            if (!bytes.hasRemaining()) {
              return -1;
            }
            int count = Math.min(length, bytes.remaining());
            bytes.get(into, offset, count);
            return count;
          }
        };
    return new InputStreamReader(
        stream,
        StandardCharsets.UTF_8
            .newDecoder()
            .onMalformedInput(CodingErrorAction.REPORT)
            .onUnmappableCharacter(CodingErrorAction.REPORT));
  }

  private static String where(JacksonException e) {
    return e.getLocation() == null
        ? ""
        : "header character %s".formatted(e.getLocation().getCharOffset());
  }

  private static String firstLine(@Nullable String message) {
    return message == null ? "not readable" : message.lines().findFirst().orElse("not readable");
  }

  /** One pass over the tokens. */
  private record Parse(Path file, JsonParser parser) {

    SafetensorsHeader document() {
      expect("", parser.nextToken(), JsonToken.START_OBJECT, "an object");
      SortedMap<String, String> metadata = new TreeMap<>();
      List<Entry> entries = new ArrayList<>();
      Set<String> names = new HashSet<>();
      while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
        String name = parser.currentName();
        if (!names.add(name)) {
          throw SafetensorsError.DUPLICATE_NAME.at(file, name);
        }
        if (name.equals("__metadata__")) {
          metadata(metadata);
        } else if (entries.size() == MAX_TENSORS) {
          throw SafetensorsError.TOO_MANY_TENSORS.at(file, "", MAX_TENSORS);
        } else {
          entries.add(entry(name));
        }
      }
      if (parser.nextToken() != null) {
        throw SafetensorsError.HEADER_JSON.at(file, "", "something follows the document");
      }
      return new SafetensorsHeader(metadata, entries);
    }

    private void metadata(SortedMap<String, String> metadata) {
      expect("__metadata__", parser.nextToken(), JsonToken.START_OBJECT, "an object of strings");
      while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
        String key = parser.currentName();
        expect("__metadata__." + key, parser.nextToken(), JsonToken.VALUE_STRING, "a string");
        if (metadata.put(key, parser.getString()) != null) {
          throw SafetensorsError.DUPLICATE_NAME.at(file, "__metadata__." + key);
        }
      }
    }

    private Entry entry(String name) {
      expect(name, parser.nextToken(), JsonToken.START_OBJECT, "an object");
      Optional<DType> dtype = Optional.empty();
      Optional<List<Long>> shape = Optional.empty();
      Optional<List<Long>> offsets = Optional.empty();
      while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
        String field = parser.currentName();
        boolean twice =
            switch (field) {
              case "dtype" -> dtype.isPresent();
              case "shape" -> shape.isPresent();
              case "data_offsets" -> offsets.isPresent();
              default -> throw SafetensorsError.UNKNOWN_FIELD.at(file, name, field);
            };
        if (twice) {
          throw SafetensorsError.DUPLICATE_NAME.at(file, name + "." + field);
        }
        switch (field) {
          case "dtype" -> dtype = Optional.of(dtype(name));
          case "shape" -> shape = Optional.of(integers(name + ".shape", MAX_RANK));
          default -> offsets = Optional.of(integers(name + ".data_offsets", 2));
        }
      }
      List<Long> range = offsets.orElseThrow(() -> missing(name, "data_offsets"));
      if (range.size() != 2) {
        throw SafetensorsError.HEADER_FIELD.at(
            file, name + ".data_offsets", range.size() + " numbers", "2");
      }
      return new Entry(
          name,
          dtype.orElseThrow(() -> missing(name, "dtype")),
          shape.orElseThrow(() -> missing(name, "shape")),
          range.get(0),
          range.get(1));
    }

    private DType dtype(String name) {
      expect(name + ".dtype", parser.nextToken(), JsonToken.VALUE_STRING, "a string");
      String text = parser.getString();
      return Arrays.stream(DType.values())
          .filter(known -> known.name().equals(text))
          .findFirst()
          .orElseThrow(
              () ->
                  SafetensorsError.UNKNOWN_DTYPE.at(
                      file, name, text, Arrays.toString(DType.values())));
    }

    private List<Long> integers(String item, int most) {
      expect(item, parser.nextToken(), JsonToken.START_ARRAY, "an array of integers");
      List<Long> values = new ArrayList<>();
      while (parser.nextToken() != JsonToken.END_ARRAY) {
        expect(item, parser.currentToken(), JsonToken.VALUE_NUMBER_INT, "integers");
        long value = parser.getLongValue();
        if (value < 0 || values.size() == most) {
          throw SafetensorsError.HEADER_FIELD.at(
              file,
              item,
              value < 0 ? value : "more than %s numbers".formatted(most),
              value < 0 ? "at least 0" : "at most %s".formatted(most));
        }
        values.add(value);
      }
      return values;
    }

    private void expect(String item, @Nullable JsonToken found, JsonToken wanted, String words) {
      if (found != wanted) {
        throw SafetensorsError.HEADER_FIELD.at(
            file, item, found == null ? "the end" : found.name().toLowerCase(Locale.ROOT), words);
      }
    }

    private ProblemException missing(String name, String field) {
      return SafetensorsError.MISSING_FIELD.at(file, name, field);
    }
  }
}
