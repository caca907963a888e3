// ruleid: inner-html
const a = <p id="x" dangerouslySetInnerHTML={{ __html: x }}>y</p>;
// ok: inner-html
const b = <p id="x">{x}</p>;
