package org.m4fw.adapter.contract;

/**
 * A linear map from the embeddings of an encoder to the vectors of the backbone.
 *
 * @param name the layer's path, such as {@code llama_proj}
 * @param in width of the embeddings
 * @param out width of the backbone's vectors
 */
public record InterfaceProjection(String name, long in, long out) {}
