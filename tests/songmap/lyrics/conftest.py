import pytest

LETTERS = "abcdefghijklmnopqrstuvwxyzäöüéèàçñóíú你好世界愛夜の街"


@pytest.fixture(scope="session")
def tiny(tmp_path_factory):
    """Make a small random sentence-transformers model, of a given window and seed; gives its folder."""
    made = {}

    def make(window=16, seed=0, normalize=True):
        if (window, seed, normalize) not in made:
            made[window, seed, normalize] = _make(tmp_path_factory.mktemp("model"), window, seed, normalize)
        return made[window, seed, normalize]

    return make


def _make(folder, window, seed, normalize):
    """A BERT whose tokens are single letters, and words that are spelt with them."""
    import torch
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import Normalize, Pooling, Transformer
    from transformers import BertConfig, BertModel, BertTokenizer

    torch.manual_seed(seed)
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    vocabulary = [*special, *LETTERS, *(f"##{letter}" for letter in LETTERS), "love", "me", "do", "the", "la"]
    size = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 4, "intermediate_size": 64}
    config = BertConfig(vocab_size=len(vocabulary), max_position_embeddings=window, **size)
    plain = folder / "bert"
    BertModel(config).save_pretrained(plain)
    BertTokenizer(
        vocab={token: i for i, token in enumerate(vocabulary)}, model_max_length=window
    ).save_pretrained(plain)
    modules = [Transformer(str(plain)), Pooling(32)] + [Normalize()] * normalize
    SentenceTransformer(modules=modules, device="cpu").save(str(folder / "model"))
    return folder / "model"
