# SPDX-License-Identifier: MIT
# Part of tools/image: who signs. Keys never lie in the tree.
#
#   find_keys    sets $certificate, $key, $intermediate (may be empty) and $keyring. From --keys DIR:
#                  signer.pem         certificate of the signer (extended key usage: code signing)
#                  signer.key         its key, or a file `key.url` with a pkcs11: URL (RAUC_PKCS11_MODULE names the token)
#                  intermediate.pem   certificates between it and the root, if there are
#                  keyring.pem        the roots that an appliance trusts
#                Without --keys: development keys, made on first use. Never flash a customer's box with them.

make_development_keys() {
  local dir=$1 log
  mkdir -p -m 700 "$dir"
  log=$dir/openssl.log
  {
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$dir/root.key" -out "$dir/keyring.pem" \
      -days 7300 -subj '/O=Junctor development/CN=Junctor development root' \
      -addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign,cRLSign
    openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$dir/signer.key" -out "$dir/signer.csr" \
      -subj '/O=Junctor development/CN=Junctor development signer'
    openssl x509 -req -in "$dir/signer.csr" -CA "$dir/keyring.pem" -CAkey "$dir/root.key" -CAcreateserial -days 3650 \
      -out "$dir/signer.pem" -extfile <(printf 'basicConstraints=CA:FALSE\nkeyUsage=critical,digitalSignature\nextendedKeyUsage=codeSigning\n')
  } >"$log" 2>&1 || { tail -n 5 "$log" >&2; rm -rf "$dir"; exit 1; }
}

find_keys() {
  local dir=${keys:-$cache/keys}
  if [[ ! $keys && ! -e $dir/signer.pem ]]; then
    say "makes development keys in $dir"
    make_development_keys "$dir"
  fi
  certificate=$dir/signer.pem keyring=$dir/keyring.pem key=$dir/signer.key intermediate=''
  [[ ! -e $dir/intermediate.pem ]] || intermediate=$dir/intermediate.pem
  [[ ! -e $dir/key.url ]] || key=$(cat "$dir/key.url")
  local file
  for file in "$certificate" "$keyring"; do
    [[ -r $file ]] || { echo "tools/image: $file is missing" >&2; exit 1; }
  done
}
