#include "catalog/export/merkle_tree.h"

#include <string>

#include <gtest/gtest.h>

namespace changeling {
namespace {

using namespace std::string_literals;

// The public test vectors of Certificate Transparency.
const std::string kLeaves[] = {""s,
                               "\x00"s,
                               "\x10"s,
                               "\x20\x21"s,
                               "\x30\x31"s,
                               "\x40\x41\x42\x43"s,
                               "\x50\x51\x52\x53\x54\x55\x56\x57"s,
                               "\x60\x61\x62\x63\x64\x65\x66\x67\x68\x69\x6a\x6b\x6c\x6d\x6e\x6f"s};

std::string root_of(std::size_t n) {
  MerkleTree tree;
  for (std::size_t i = 0; i < n; ++i) {
    tree.add(kLeaves[i]);
  }
  return tree.root().hex();
}

TEST(MerkleTree, HasTheRootsOfRfc6962) {
  EXPECT_EQ(root_of(0), sha256("").hex());
  EXPECT_EQ(root_of(1), "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d");
  EXPECT_EQ(root_of(2), "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125");
  EXPECT_EQ(root_of(3), "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77");
  EXPECT_EQ(root_of(8), "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328");
}

TEST(MerkleTree, DependsOnOrder) {
  MerkleTree ab, ba;
  ab.add("a");
  ab.add("b");
  ba.add("b");
  ba.add("a");
  EXPECT_NE(ab.root(), ba.root());
}

}  // namespace
}  // namespace changeling
