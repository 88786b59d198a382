# SPDX-License-Identifier: MIT
# Part of tools/image: who signs. Keys never lie in the tree.
#
#   find_keys    sets $certificate, $key, $intermediate (may be empty) and $keyring. From --keys DIR:
#                  signer.pem         certificate of the signer (extended key usage: code signing)
#                  signer.key         its key, or a file `key.url` with the pkcs11: URL (RFC 7512) of a key in a token.
#                                     RAUC_PKCS11_MODULE names the module (p11-kit's choice when left out). The PIN:
#                                     pin-source=file:... in the URL, RAUC_PKCS11_PIN, or it is asked for once
#                  intermediate.pem   certificates between it and the root, if there are
#                  keyring.pem        the roots that an appliance trusts
#                Without --keys: development keys, made on first use. Never flash a customer's box with them.
#                Signs something small: who cannot sign is told so before anything is built, after one try of the PIN.
#   sign FOLDER FILE    a bundle of a folder, or no file

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
  cat >"$work/rauc.conf" <<EOF
[system]
compatible=junctor-x86_64
bootloader=noop
[keyring]
path=$keyring
check-purpose=codesign
EOF
  if [[ $key == pkcs11:* ]]; then prepare_token; fi
  mkdir "$work/try"
  head -c 16384 /dev/urandom >"$work/try/root.img"  # what can be packed is too small for RAUC
  printf '[update]\ncompatible=junctor-x86_64\nversion=0\n[bundle]\nformat=verity\n[image.rootfs]\nfilename=root.img\n' \
    >"$work/try/manifest.raucm"
  sign "$work/try" "$work/try.raucb"
}

prepare_token() {
  local module=${RAUC_PKCS11_MODULE:-}
  [[ ! $module || -r $module ]] || { echo "tools/image: there is no module $module (RAUC_PKCS11_MODULE)" >&2; exit 1; }
  [[ $key != *pin-source=* && $key != *pin-value=* && ! ${RAUC_PKCS11_PIN+given} ]] || return 0
  [[ -t 0 ]] ||
    { echo "tools/image: no PIN for $key: RAUC_PKCS11_PIN, or pin-source=file:... in key.url" >&2; exit 1; }
  read -rsp "PIN for $key: " RAUC_PKCS11_PIN
  echo
  export RAUC_PKCS11_PIN
}

sign() {
  rm -f "$work/signed.raucb"
  if rauc -c "$work/rauc.conf" --cert="$certificate" --key="$key" ${intermediate:+--intermediate="$intermediate"} \
    --keyring="$keyring" bundle "$1" "$work/signed.raucb" >"$work/rauc.log" 2>&1 </dev/null; then
    mv -f "$work/signed.raucb" "$2"
    return
  fi
  rm -f "$work/signed.raucb"
  {
    echo "tools/image: the signer of $(dirname "$certificate") cannot sign:"
    # RAUC's own sentence names the cause; a PIN in the URL is nobody's business.
    { grep '^Failed to' "$work/rauc.log" || tail -n 5 "$work/rauc.log"; } | sed 's/pin-value=[^;?&:'"'"']*/pin-value=.../g'
  } >&2
  exit 1
}
