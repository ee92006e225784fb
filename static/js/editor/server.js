// Requests to the server. Whatever happens, the answer is {status, body}; status 0: nobody answered.

const cookie = () => /(?:^|; )csrftoken=([^;]+)/.exec(document.cookie)?.[1];
let token = document.querySelector("meta[name=csrf-token]")?.content || "";

export const fetched = async (url) => {
  try {
    const answer = await fetch(url, { headers: { Accept: "application/json" } });
    return { status: answer.status, body: await read(answer) };
  } catch {
    return { status: 0, body: {} };
  }
};

export const posted = async (url, body, keepalive = false) => {
  const send = () =>
    fetch(url, {
      method: "POST",
      headers: { "Content-Type": "application/json", Accept: "application/json", "X-CSRFToken": token },
      body: JSON.stringify(body),
      keepalive,
    });
  try {
    let answer = await send();
    let said = await read(answer);
    // Whoever signed in again since this page was opened has another token.
    const fresh = said.csrf_token || cookie();
    if (answer.status === 403 && fresh && fresh !== token) {
      token = fresh;
      answer = await send();
      said = await read(answer);
    }
    return { status: answer.status, body: said };
  } catch {
    return { status: 0, body: {} };
  }
};

const read = async (answer) => {
  try {
    return await answer.json();
  } catch {
    return {};
  }
};
