"""Starts llama.cpp's own server, which speaks OpenAI's protocol, on a port of its choice,
with a tiny model that is made on the spot: its words mean nothing, the protocol is real.

    python llama.py FOLDER

It prints the address when the server answers, and runs until its input ends.
"""

import pathlib
import sys

import gguf
import numpy
import xllamacpp

WIDTH, HEADS, LAYERS, HIDDEN, CONTEXT = 64, 4, 2, 128, 8192


def model(path: pathlib.Path) -> None:
    """Writes a Llama of random weights whose vocabulary is bytes and some words."""
    words = ["▁the", "▁path", "▁shell", "▁check", "▁safe", "▁caller", "▁file", "."]
    tokens = ["<unk>", "<s>", "</s>"] + [f"<0x{i:02X}>" for i in range(256)] + words
    kinds = [gguf.TokenType.UNKNOWN, gguf.TokenType.CONTROL, gguf.TokenType.CONTROL]
    kinds += [gguf.TokenType.BYTE] * 256 + [gguf.TokenType.NORMAL] * len(words)
    w = gguf.GGUFWriter(str(path), "llama")
    w.add_name("tiny")
    w.add_context_length(CONTEXT)
    w.add_embedding_length(WIDTH)
    w.add_block_count(LAYERS)
    w.add_feed_forward_length(HIDDEN)
    w.add_head_count(HEADS)
    w.add_head_count_kv(HEADS)
    w.add_layer_norm_rms_eps(1e-5)
    w.add_rope_dimension_count(WIDTH // HEADS)
    w.add_vocab_size(len(tokens))
    w.add_tokenizer_model("llama")
    w.add_token_list(tokens)
    w.add_token_scores([0.0] * len(tokens))
    w.add_token_types(kinds)
    w.add_bos_token_id(1)
    w.add_eos_token_id(2)
    w.add_unk_token_id(0)
    random = numpy.random.default_rng(1)

    def weights(*shape: int) -> numpy.ndarray:
        return (random.standard_normal(shape) * 0.1).astype(numpy.float32)

    def keeping(weights: numpy.ndarray) -> numpy.ndarray:
        weights[0] = 0  # the first number of a state is what the embedding set it to
        return weights

    def ones() -> numpy.ndarray:
        return numpy.ones(WIDTH, dtype=numpy.float32)

    # The first number of every state is the same, and the output turns it against all that is
    # no word: an answer of random bytes, or one that ends before it begins, tests nothing.
    embedding, output = weights(len(tokens), WIDTH), weights(len(tokens), WIDTH)
    embedding[:, 0] = 5
    output[:, 0] = 0
    output[: len(tokens) - len(words), 0] = -20
    w.add_tensor("token_embd.weight", embedding)
    for i in range(LAYERS):
        for part in ("attn_q", "attn_k", "attn_v"):
            w.add_tensor(f"blk.{i}.{part}.weight", weights(WIDTH, WIDTH))
        w.add_tensor(f"blk.{i}.attn_output.weight", keeping(weights(WIDTH, WIDTH)))
        w.add_tensor(f"blk.{i}.attn_norm.weight", ones())
        w.add_tensor(f"blk.{i}.ffn_norm.weight", ones())
        w.add_tensor(f"blk.{i}.ffn_gate.weight", weights(HIDDEN, WIDTH))
        w.add_tensor(f"blk.{i}.ffn_up.weight", weights(HIDDEN, WIDTH))
        w.add_tensor(f"blk.{i}.ffn_down.weight", keeping(weights(WIDTH, HIDDEN)))
    w.add_tensor("output_norm.weight", ones())
    w.add_tensor("output.weight", output)
    w.write_header_to_file()
    w.write_kv_data_to_file()
    w.write_tensors_to_file()
    w.close()


def main() -> None:
    path = pathlib.Path(sys.argv[1]) / "tiny.gguf"
    model(path)
    params = xllamacpp.CommonParams()
    params.model.path = str(path)
    params.n_ctx = CONTEXT
    params.n_parallel = 1
    params.port = 0
    params.warmup = False
    server = xllamacpp.Server(params)
    print(server.listening_address, flush=True)
    sys.stdin.read()


main()
